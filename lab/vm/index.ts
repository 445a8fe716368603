/** Real virtual machines under plain emulation (qemu without KVM), made from Debian packages, which look like EL8: see docs/vm.md. */
export { ensureVmImage, type VmImage } from "./image/index.ts";
export { type RepositoryServer, type RepositoryVariant, startRepositoryServer } from "./repository.ts";
export { startVm, type Vm, type VmOptions, type VmSsh } from "./vm.ts";
