/** Content of a kubeconfig for the programs that components run: a secret for Pulumi, never on a command line. */
export const kubeconfigVariable = "M3PERF_KUBECONFIG";
