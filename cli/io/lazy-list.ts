// A list whose elements are made when somebody looks at them, and forgotten at once: a hundred thousand samples in the memory of one.
// Source: ours. Caveat: every look makes the element again, so that who comes by twice should keep it.

const isIndex = (key: string | symbol): key is string => typeof key === 'string' && /^\d+$/.test(key);

/** @param make element `i`, below `length` */
export const lazyList = <T>(length: number, make: (i: number) => T): readonly T[] =>
  new Proxy(new Array<T>(length), {
    get: (list, key) => (isIndex(key) && Number(key) < length ? make(Number(key)) : Reflect.get(list, key)),
    has: (list, key) => (isIndex(key) && Number(key) < length) || Reflect.has(list, key),
  });
