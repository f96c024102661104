// The version of this release, for `--version` and the documents of the service. Source: package.json. Caveat: written by hand; a test compares.
export const VERSION = '0.1.0';
