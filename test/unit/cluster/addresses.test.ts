import assert from "node:assert/strict";
import { addressPlan, freeIndex, hostAddress, labLimit, overlap, podSubnet } from "../../../lab/cluster/addresses.ts";

describe("lab addresses", () => {
    it("follow from the lab's index and are each other's for no two labs", () => {
        const plans = Array.from({ length: labLimit }, (_, index) => addressPlan(index));
        assert.equal(plans[0]?.dns, "10.96.0.10");
        assert.equal(plans[1]?.gateway, "10.77.1.254");
        const networks = plans.flatMap((plan) => [plan.hostNetwork, plan.podNetwork, plan.serviceNetwork]);
        for (const [index, one] of networks.entries()) {
            for (const other of networks.slice(index + 1)) assert.ok(!overlap(one, other), `${one} and ${other}`);
        }
        assert.equal(new Set(plans.map(({ link }) => link)).size, labLimit);
    });

    it("of hosts and pods lie in the lab's networks", () => {
        const plan = addressPlan(3);
        assert.ok(overlap(hostAddress(plan, 7), plan.hostNetwork));
        assert.ok(overlap(podSubnet(plan, 7), plan.podNetwork));
        assert.throws(() => addressPlan(labLimit), /not in 0\.\.7/);
    });

    it("take the first index that neither a lab nor a route of the machine has", () => {
        assert.equal(freeIndex([], ["default", "192.168.1.0/24"]), 0);
        assert.equal(freeIndex([0, 1], []), 2);
        assert.equal(freeIndex([], ["10.77.0.0/24"]), 1);
        assert.equal(freeIndex([], ["10.96.3.7"]), 1, "a VPN's single address in the service network");
        assert.equal(freeIndex([], ["10.0.0.0/8"]), undefined);
    });

    it("overlap by their shorter prefix", () => {
        assert.ok(overlap("10.96.0.0/16", "10.96.200.0/24"));
        assert.ok(!overlap("10.96.0.0/16", "10.97.0.0/16"));
        assert.ok(!overlap("default", "10.97.0.0/16"));
        assert.ok(overlap("200.1.2.3", "200.1.2.0/24"), "addresses above 128 are not negative");
    });
});
