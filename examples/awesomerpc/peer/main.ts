/** The peers as programs: `serve NAME PORT`, and `call PORT key=value...`, one request for each key, all on one connection. */
import { AwesomeClient } from "./client.ts";
import { AwesomeServer } from "./server.ts";

const [mode, first, ...rest] = process.argv.slice(2);

if (mode === "serve" && first && rest[0]) {
  const server = await new AwesomeServer(first).start(Number(rest[0]));
  process.stdout.write(`${first} listens on 127.0.0.1:${server.port}\n`);
} else if (mode === "call" && first) {
  const client = await AwesomeClient.connect(Number(first));
  for (const header of rest) {
    const [key, value] = header.split("=") as [string, string];
    const { headers, body } = await client.call({ [key]: value });
    const added = headers.filter(([name]) => name !== "server").map((pair) => ` ${pair.join("=")}`).join("");
    process.stdout.write(`${header} -> ${body.toString()}${added}\n`);
  }
  await client.close();
} else {
  process.stderr.write("usage: main.ts serve NAME PORT | call PORT key=value...\n");
  process.exitCode = 2;
}
