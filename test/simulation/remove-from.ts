/** Takes the item out, the others stay in order. What `splice` does, without an array for what it took. */
export function removeFrom<T>(items: T[], item: T): boolean {
  const index = items.indexOf(item);
  if (index < 0) return false;
  for (let i = index + 1; i < items.length; i++) items[i - 1] = items[i] as T;
  items.pop();
  return true;
}
