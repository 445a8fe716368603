/**
 * lab/cluster: a Kubernetes cluster of seven hosts, or more, on one machine: real kubelets, each with its own containerd, in namespaces and
 * cgroups of their own. `labUp` and `labDown` do their job from any state; `labStatus` says what runs; `nodeAction`
 * stops, cuts off and powers off a host. The control plane is a machine beside the hosts, not the master: a test that
 * fails the master fails a node.
 */
export { type NodeAction, type NodeActionOptions, nodeAction, nodeActions } from "./actions.ts";
export { type LabDownOptions, labDown } from "./down.ts";
export { type M3dbNodes, m3dbNodeCounts } from "./hosts.ts";
export { layout } from "./layout.ts";
export { checkName } from "./record.ts";
export { committedSite } from "./site.ts";
export { labStatus, statusTable } from "./status.ts";
export { type LabUpOptions, labUp, requireLab, upSteps } from "./up.ts";
export { followUsage, usageLine } from "./usage.ts";
