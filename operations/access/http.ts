/** Also used by programs that components run, so it lives in support/. */
export * from "../../support/http.ts";
