import { spawn, type ChildProcess } from "node:child_process";

/** Reads `+ GROUP` and `- GROUP`; at the end of its input, which is this process's end, kills the groups that are left. */
const SCRIPT = `
left=" "
while read -r sign group; do
  case "$sign" in
    +) left="$left$group " ;;
    -) left="\${left%% $group *} \${left#* $group }" ;;
  esac
done
for group in $left; do kill -KILL "-$group"; done 2>/dev/null
`;

let guard: ChildProcess | undefined;

/** Kills a process group when this process ends, also by SIGKILL; the function that is returned takes that back. */
export function guarded(group: number): () => void {
  guard ??= start();
  guard.stdin!.write(`+ ${group}\n`);
  return () => guard!.stdin!.write(`- ${group}\n`);
}

/** Detached, so that what ends this process's group leaves it to do its work. */
function start(): ChildProcess {
  const child = spawn("/bin/sh", ["-c", SCRIPT], { stdio: ["pipe", "ignore", "ignore"], detached: true });
  child.on("error", () => undefined).unref();
  child.stdin.on("error", () => undefined);
  (child.stdin as unknown as { unref(): void }).unref();
  return child;
}
