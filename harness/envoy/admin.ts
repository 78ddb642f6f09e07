import { request } from "node:http";

/** One request to Envoy's admin interface; rejects for a status other than 200 with what it said. */
export function adminRequest(port: number, method: "GET" | "POST", path: string, ms = 10_000): Promise<string> {
  return new Promise((resolve, reject) => {
    // no kept connections: they would delay Envoy's end
    const call = request({ host: "127.0.0.1", port, method, path, agent: false, timeout: ms }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => (body += text));
      response.on("error", reject).on("end", () => {
        if (response.statusCode === 200) resolve(body);
        else reject(new Error(`${method} ${path}: ${response.statusCode} ${body.trim()}`));
      });
    });
    call.on("timeout", () => call.destroy(new Error(`${method} ${path}: no answer within ${ms} ms`)));
    call.on("error", reject).end();
  });
}

export interface Listening { address: string; port: number }

interface ListenerStatus { name: string; local_address?: { socket_address?: { address: string; port_value: number } } }

/** What listens where, by the listener's name; internal listeners have no address and are left out. */
export async function listeners(port: number): Promise<Map<string, Listening>> {
  const answer = JSON.parse(await adminRequest(port, "GET", "/listeners?format=json")) as { listener_statuses?: ListenerStatus[] };
  const found = new Map<string, Listening>();
  for (const { name, local_address } of answer.listener_statuses ?? []) {
    const socket = local_address?.socket_address;
    if (socket) found.set(name, { address: socket.address, port: socket.port_value });
  }
  return found;
}

/** Counters and gauges whose name matches the regular expression; histograms are left out. */
export async function stats(port: number, filter = ""): Promise<Map<string, number>> {
  const answer = await adminRequest(port, "GET", `/stats?filter=${encodeURIComponent(filter)}`);
  const found = new Map<string, number>();
  for (const line of answer.split("\n")) {
    const parts = /^(.*): (\d+)$/.exec(line);
    if (parts) found.set(parts[1] as string, Number(parts[2]));
  }
  return found;
}
