import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { onPath } from "../../tools/func-e.ts";
import { locked } from "../../tools/lock.ts";
import { cacheDir } from "../../tools/paths.ts";
import { run } from "../../tools/process.ts";
import { lastLine, step, Trouble } from "../../tools/progress.ts";

const INSTALL_MS = 600_000, RENDER_MS = 60_000;
const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** Path of a Chromium; as root on Debian it is installed if there is none. */
export async function ensureBrowser(): Promise<string> {
  return locked(join(cacheDir(), "browser.lock"), async () => {
    const there = found();
    if (there) return there;
    if (process.getuid?.() !== 0 || !onPath("apt-get")) throw new Trouble("no browser: install Chromium (Debian: apt install chromium)");
    await step("installing Chromium with apt", async () => {
      await apt("update", "-qq");
      await apt("install", "-y", "-qq", "--no-install-recommends", "chromium");
    });
    const installed = found();
    if (!installed) throw new Trouble("no browser: apt has installed chromium, and it is not on PATH");
    return installed;
  });
}

const found = (): string | undefined => NAMES.map(onPath).find((path) => path !== undefined);

async function apt(...args: string[]): Promise<void> {
  const done = await run("apt-get", args, { env: { DEBIAN_FRONTEND: "noninteractive" }, timeoutMs: INSTALL_MS });
  if (done.code !== 0) throw new Trouble(`Chromium: apt-get ${args[0]} failed: ${lastLine(done.output)}`);
}

/** A page as the browser has it once it is loaded; `screenshot`: a file for a picture of it. */
export async function render(url: string, screenshot?: string): Promise<string> {
  const browser = await ensureBrowser(), profile = mkdtempSync(join(cacheDir("run"), "browser-"));
  try {
    // root needs no-sandbox; a small /dev/shm must do
    const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", `--user-data-dir=${profile}`, "--window-size=1200,1600"];
    const done = await run(browser, [...flags, screenshot === undefined ? "--dump-dom" : `--screenshot=${screenshot}`, url], { name: "chromium", timeoutMs: RENDER_MS, env: { HOME: profile } });
    if (done.code !== 0) throw new Error(`chromium: ${done.timedOut ? `no end after ${RENDER_MS / 1000} s` : lastLine(done.output)}`);
    return done.stdout;
  } finally {
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
