// The list of files that the build writes beside them and the service worker reads. Caveat: types and a name only.

export const FILE_LIST = './files.json';

export interface FileList {
  /** hash of all of them */
  version: string;
  /** addresses, relative to the page */
  files: readonly string[];
}
