// An address of a queue or a store as messages and logs may show it. Source: RFC 3986, "Sensitive Information". Caveat: of what is no address nothing
// is shown, for a password in it could be anywhere.

/** Without user, password and query, which may hold a key. */
export function shownAddress(address: string): string {
  if (!URL.canParse(address)) return '…';
  const { protocol, username, password, host, pathname, search } = new URL(address);
  // a password with a / in it ends up in the path
  if (pathname.includes('@')) return `${protocol}//…`;
  return `${protocol}//${username || password ? '…@' : ''}${host}${pathname}${search && '?…'}`;
}
