/** Names of before, for one version more: see CHANGELOG.md. */
export { KeyResolver as KeyAsker } from "./proxy/match/keyResolver";
