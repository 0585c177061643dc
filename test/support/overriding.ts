/** The object with some members replaced. The others are called on it, so that it may be an instance of a class. */
export function overriding<T extends object>(object: T, members: Partial<T>): T {
  return Object.assign(Object.create(object) as T, members);
}
