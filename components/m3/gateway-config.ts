import type { Identity } from "../../settings/schema/identities.ts";
import { keys } from "../tls/files.ts";

/**
 * nginx.conf of the gateway. A token tells the identity; the identity, and nothing that the client sends, tells M3 which labels the
 * samples get and which series may be seen. Runs in every nginx since 1.19.5, as any user, on a read-only file system.
 */

export interface GatewayConfig {
    identities: Identity[];
    /** By name of the identity. */
    tokens: Record<string, string>;
    /** "m3coordinator.m3db:7201" */
    coordinator: string;
    query: string;
    port: number;
    /** Of the readiness and liveness probes, which have no token. */
    healthPort: number;
    /** Folder with its certificate and key (components/tls/files.ts). Absent: plain http. */
    certificates?: string | undefined;
}

/** What remote write and M3's reading interfaces need of a request; nothing else of it is passed on, no M3-* header above all. */
const passedOn = [
    "Content-Type",
    "Content-Encoding",
    "Accept",
    "Accept-Encoding",
    "User-Agent",
    "X-Prometheus-Remote-Write-Version",
    "X-Prometheus-Remote-Read-Version",
];

/** Only these of M3's paths can be reached; each is passed on as written here, never as the client spelled it. */
const write = "/api/v1/prom/remote/write";
const reads = [
    "/api/v1/prom/remote/read",
    "/api/v1/query",
    "/api/v1/query_range",
    "/api/v1/labels",
    "/api/v1/series",
] as const;

/** {"tagMappers":[{"write":{"tag":"cluster","value":"eu-1"}}]} (M3: handleroptions/tag_options.go, remote/map_tags.go). */
export function mapTags({ labels }: Pick<Identity, "labels">): string {
    return JSON.stringify({
        tagMappers: Object.entries(labels).map(([tag, value]) => ({ write: { tag, value } })),
    });
}

/**
 * {"match":[{"name":"cluster","type":"EQUAL","value":"eu-1"}],"strip":[]} (M3: handleroptions/tag_options.go). Without "strip" M3
 * would take the labels out of what it answers.
 */
export function restrictByTags({ labels }: Pick<Identity, "labels">): string {
    const match = Object.entries(labels).map(([name, value]) => ({ name, type: "EQUAL", value }));
    return JSON.stringify({ match, strip: [] });
}

export function gatewayConfig(config: GatewayConfig): string {
    const { identities, tokens } = config;
    const ofToken = identities.map(({ name }) => [`Bearer ${checkedToken(name, tokens[name])}`, name] as const);
    const ofName = (text: (identity: Identity) => string) =>
        identities.map((identity) => [identity.name, text(identity)] as const);
    return `daemon off;
pid /tmp/nginx.pid;
error_log stderr warn;
# Not one for each core of the node: the share of it is small.
worker_processes 2;
events {
    worker_connections 1024;
}
http {
    # The sender's name, never its token; no arguments, which are queries.
    log_format senders '$time_iso8601 $sender $request_method $uri $status $request_length $request_time $upstream_response_time';
    access_log /dev/stdout senders;
    default_type text/plain;
    server_tokens off;
    client_body_temp_path /tmp/body;
    proxy_temp_path /tmp/proxy;
    fastcgi_temp_path /tmp/fastcgi;
    uwsgi_temp_path /tmp/uwsgi;
    scgi_temp_path /tmp/scgi;
    client_max_body_size 32m;
    client_body_buffer_size 512k;
    map_hash_bucket_size 256;
    map_hash_max_size 65536;

${map("$http_authorization", "$sender", ofToken)}
${map(
    "$sender",
    "$writes",
    ofName(({ writes }) => (writes ? "yes" : "")),
)}
${map("$sender", "$map_tags", ofName(mapTags))}
${map(
    "$sender",
    "$restrict_by_tags",
    ofName((identity) => (identity.reads === "all" ? "" : restrictByTags(identity))),
)}
    upstream coordinator {
        server ${address(config.coordinator)};
        keepalive 16;
    }
    upstream query {
        server ${address(config.query)};
        keepalive 16;
    }
    proxy_http_version 1.1;
    proxy_pass_request_headers off;

    server {
        listen ${config.healthPort};
        access_log off;
        location = /healthz {
            return 200 "ok\\n";
        }
        location / {
            return 404 "not found\\n";
        }
    }
    server {
        listen ${config.port}${config.certificates === undefined ? ";" : secured(config.certificates)}
        location / {
            return 404 "not found: the gateway knows remote write, remote read and M3's reading interfaces\\n";
        }
        location = ${write} {
${knownSenders}
            if ($writes = "") {
                return 403 "$sender may not write\\n";
            }
            limit_except POST {
                deny all;
            }
${passing("M3-Map-Tags-JSON", "$map_tags")}
            proxy_pass http://coordinator${write};
        }
${reads.map((path) => readLocation(`= ${path}`, path)).join("\n")}
${readLocation("~ ^/api/v1/label/([a-zA-Z_][a-zA-Z0-9_]*)/values$", "/api/v1/label/$1/values$is_args$args")}
    }
}
`;
}

/**
 * Whoever comes with plain http gets 503 and not nginx' own 400, which Prometheus takes for a refusal of the samples: it drops them. So
 * one that has not heard yet that the gateway speaks https keeps them and sends again.
 */
const secured = (folder: string) => ` ssl;
        ssl_certificate ${folder}/${keys.certificate};
        ssl_certificate_key ${folder}/${keys.key};
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_session_cache shared:tls:1m;
        error_page 497 =503 @plain;
        location @plain {
            return 503 "plain http: the gateway speaks https\\n";
        }`;

const knownSenders = `            if ($sender = "") {
                return 401 "unknown token\\n";
            }`;

function readLocation(match: string, path: string): string {
    return `        location ${match} {
${knownSenders}
            limit_except GET POST {
                deny all;
            }
            # Answers are passed on as they come; M3 itself ends a query after its time-out.
            proxy_buffering off;
            proxy_read_timeout 300s;
${passing("M3-Restrict-By-Tags-JSON", "$restrict_by_tags")}
            proxy_pass http://query${path};
        }`;
}

/** An empty value leaves a header out. */
function passing(header: string, value: string): string {
    const variable = (name: string) => `$http_${name.toLowerCase().replaceAll("-", "_")}`;
    const headers = [["Connection", '""'], ...passedOn.map((name) => [name, variable(name)]), [header, value]];
    return headers.map(([name, text]) => `            proxy_set_header ${name} ${text};`).join("\n");
}

/** What a map of nginx takes for its own, quoted or not, unless a backslash stands before it (ngx_http_map_module). */
const mapsOwn = ["default", "hostnames", "include", "volatile"];

/** An nginx map without a default: everything else is the empty text. */
function map(from: string, to: string, entries: readonly (readonly [string, string])[]): string {
    const written = (key: string) => (mapsOwn.includes(key) ? `'\\${key}'` : quoted(key));
    const lines = entries.map(([key, value]) => `        ${written(key)} ${quoted(value)};`);
    return [`    map ${from} ${to} {`, ...lines, "    }"].join("\n");
}

/**
 * A text in nginx' single quotes. The settings allow no such characters in names and labels; what got here all the same must
 * not become configuration: nginx has no way to write a dollar in a text.
 */
function quoted(text: string): string {
    if (!/^[\x20-\x7e]*$/.test(text) || /['\\$]/.test(text)) {
        throw new Error(`not to be written into nginx.conf: ${JSON.stringify(text)}`);
    }
    return `'${text}'`;
}

/** nginx' maps ignore case, so tokens are of one case. The token itself is in no error. */
function checkedToken(name: string, token: string | undefined): string {
    if (token !== undefined && /^[a-z0-9]{32,128}$/.test(token)) return token;
    throw new Error(`the token of identity ${name} is not 32 to 128 lower-case letters and digits`);
}

function address(text: string): string {
    if (/^[a-z0-9.-]+:\d+$/.test(text)) return text;
    throw new Error(`not a host with a port: ${JSON.stringify(text)}`);
}
