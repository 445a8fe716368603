import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type * as Library from "@kubernetes/client-node";
import { projectRoot } from "./paths.ts";

/**
 * @kubernetes/client-node, from the one file that bin/bootstrap makes of it: its own 900 take a second to load, in the program and in
 * each of its commands. Where there is no such file (`npm ci` by hand), the library itself. Types come from the library.
 */
export const oneFile = join(projectRoot, "node_modules/.m3perf/kubernetes-client.cjs");
const library: typeof Library = existsSync(oneFile)
    ? createRequire(import.meta.url)(oneFile)
    : await import("@kubernetes/client-node");

export const {
    AppsV1Api,
    CoordinationV1Api,
    CoreV1Api,
    CustomObjectsApi,
    Exec,
    KubeConfig,
    PortForward,
    ServerConfiguration,
    StorageV1Api,
    createConfiguration,
    setHeaderOptions,
} = library;
export type AppsV1Api = Library.AppsV1Api;
export type CoreV1Api = Library.CoreV1Api;
export type KubeConfig = Library.KubeConfig;
export type StorageV1Api = Library.StorageV1Api;
