/** The framework with all filters that ship. A module's entry re-exports it. */
import "./filters/index";

export * from "./framework";
