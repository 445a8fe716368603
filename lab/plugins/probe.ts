/**
 * probe.ts TIME URL ...: prints those of the addresses that can be downloaded, as JSON, by TIME (ms since 1970). A process
 * of its own, since a name look-up cannot be called off: with DNS packets dropped it would hold the caller for 20 s.
 */
import * as http from "node:http";
import * as https from "node:https";

const [deadline, ...urls] = process.argv.slice(2);
// The CLI would use the proxy, too.
const agents = { http: new http.Agent({ proxyEnv: process.env }), https: new https.Agent({ proxyEnv: process.env }) };
const found: string[] = [];

function finish(): void {
    process.stdout.write(JSON.stringify(found), () => process.exit(0));
}

function ask(url: string): Promise<void> {
    return new Promise((resolve) => {
        const answered = (response: http.IncomingMessage) => {
            response.resume();
            if ((response.statusCode ?? 500) < 400) found.push(url);
            resolve();
        };
        const asked = url.startsWith("http:")
            ? http.request(url, { method: "HEAD", agent: agents.http }, answered)
            : https.request(url, { method: "HEAD", agent: agents.https }, answered);
        asked.on("error", () => resolve()).end();
    });
}

setTimeout(finish, Math.max(0, Number(deadline) - Date.now()));
await Promise.all(urls.map(ask));
finish();
