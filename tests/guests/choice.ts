/** The toy protocol with two filters alone. */
import "../../assembly/filters/auth/index";
import "../../assembly/filters/metrics/index";
import "../toy/register";

export * from "../../assembly/framework";
