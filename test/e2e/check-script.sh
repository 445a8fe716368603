#!/usr/bin/env bash
# check-script.sh NODE: the commands of the manual run's check list, as people type them: kubectl and the tools that are in the
# images, curl to the NodePorts of one node. Each prints a heading first; the first that fails ends the script.
# The list's `etcdctl del --prefix ""` is left out: it empties etcd, which is no check.
set -euo pipefail
node=$1

monitoring=$(mktemp -d)
trap 'rm -r "$monitoring"' EXIT

heading() { printf '\n=== %s\n' "$1"; }
k() { kubectl -n m3db "$@"; }
inside() { # inside POD CURL-ARGUMENT ...
    local pod=$1
    shift
    k exec "$pod" -- curl -sS "$@"
}

heading "etcd members"
k exec etcd-0 -- env ETCDCTL_API=3 etcdctl member list --write-out=table
for i in 0 1 2; do
    heading "etcd-$i status"
    k exec "etcd-$i" -- env ETCDCTL_API=3 etcdctl endpoint status --write-out=table
done

heading "m3db pods"
k get po -l operator.m3db.io/app=m3db
for i in 2 1 0; do
    heading "m3-cluster-rep$i-0 health"
    k exec "m3-cluster-rep$i-0" -- curl -sSf localhost:9002/health
done

heading "m3db placement"
inside m3-cluster-rep1-0 http://localhost:7201/api/v1/services/m3db/placement | jq .
heading "m3aggregator placement"
inside m3-cluster-rep1-0 http://localhost:7201/api/v1/services/m3aggregator/placement | jq .
heading "m3coordinator placement"
inside m3-cluster-rep2-0 http://localhost:7201/api/v1/services/m3coordinator/placement | jq .
heading "topic"
inside m3-cluster-rep2-0 http://localhost:7201/api/v1/topic | jq .

heading "namespaces"
inside m3-cluster-rep1-0 http://localhost:7201/api/v1/services/m3db/namespace | jq .
heading "namespaces by NodePort"
curl -sS "http://$node:32555/api/v1/services/m3db/namespace" | jq .
heading "namespaces by NodePort, of the cluster"
curl -sS -H "Cluster-Environment-Name: m3db/m3-cluster" "http://$node:32555/api/v1/services/m3db/namespace" | jq .
for name in default metrics-10s_2d; do
    heading "namespace $name ready"
    inside m3-cluster-rep2-0 -X POST http://localhost:7201/api/v1/services/m3db/namespace/ready -d "{\"name\": \"$name\"}" | jq .
done

heading "aggregator metrics"
curl -sSf "http://$node:32330/metrics" >"$monitoring/aggregator"
head -n 3 "$monitoring/aggregator"
heading "coordinator metrics"
curl -sSf "http://$node:32556/metrics" >"$monitoring/coordinator"
head -n 3 "$monitoring/coordinator"
heading "query metrics"
curl -sSf "http://$node:32558/metrics" >"$monitoring/query"
head -n 3 "$monitoring/query"

time=$(date +%s)
write() { # write CHECKOUT VALUE
    heading "write checkout $1"
    curl -sS -X POST "http://$node:32555/api/v1/json/write" -d '{
        "tags": {"__name__": "third_avenue", "city": "new_york", "checkout": "'"$1"'"},
        "timestamp": "'"$time"'",
        "value": '"$2"'
    }' -w '\nHTTP %{http_code}\n'
}
write 1 3347.26
write 2 3347.44
write 3 3347.55

heading "read the test data"
curl -sS -X POST -G "http://$node:32558/api/v1/query_range" \
    -d "query=third_avenue" -d "start=$time" -d "end=$time" -d "step=1s" | jq .
heading "read the last hours"
curl -sS -X POST -G "http://$node:32558/api/v1/query_range" -d "query=query_fetch_success" \
    -d "start=$(date +%s -d '10 hours ago')" -d "end=$(date +%s -d '5 hours ago')" -d "step=30m" | jq .
heading "end"
