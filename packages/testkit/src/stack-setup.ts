/** Replaced by the set-up of the local stack for tests. */
export default function setup(): void {}
