/** The module cannot be loaded; the message is the one Envoy logs. */
export class ModuleRefused extends Error {}

/** `proxy_on_vm_start` or `proxy_on_configure` returned 0; the message is what the module logged. */
export class ConfigRejected extends Error {}

/** The module trapped: the whole VM is dead, as it would be on Envoy, with every connection of it. */
export class VmTrap extends Error {}

/** The module did what makes Envoy itself die of a segmentation fault. No test may go on after this. */
export class EnvoyCrash extends Error {}
