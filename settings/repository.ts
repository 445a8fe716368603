/** Name of StorageClass and claim of the repository. */
export const repositoryName = "m3perf-repository";
