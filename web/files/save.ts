// Gives a file to whoever looks at the page. Caveat: where it goes is the browser's choice.

/** a file name without what file systems and shells dislike */
export const fileName = (name: string, ending: string): string => `${name.replace(/[^\w.-]+/g, '_').slice(0, 60) || 'model'}${ending}`;

export function save(name: string, content: Uint8Array | string): void {
  const url = URL.createObjectURL(new Blob([content as BlobPart], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
