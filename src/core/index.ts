/*
 * The decisions, as functions of their arguments: the lifecycle of an app, the restart policy, manifests, ports, cursors.
 * Nothing here reads a file, a clock or a random number, and nothing waits: whatever a decision needs is an argument.
 * Import each file by its own name.
 */
export {};
