/** Decides: nobody flushes, and keys that begin with "secret" are for nobody. `node service.mjs 8000` */
import { createServer } from "node:http";

const allows = ({ command, key }) => !command.some((name) => name.startsWith("flush")) && !key.some((name) => name.startsWith("secret"));

createServer((request, response) => {
  let text = "";
  request.on("data", (piece) => (text += piece)).on("end", () => {
    response.statusCode = allows(JSON.parse(text)) ? 200 : 403;
    response.end();
  });
}).listen(Number(process.argv[2] ?? 8000), "127.0.0.1");
