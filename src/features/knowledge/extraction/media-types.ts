/** The types that can be read (KB-1). `wear`: see `children.wearEach`. */
export const mediaTypes = {
  'application/pdf': { label: 'a PDF document', extensions: ['pdf'], wear: 20 },
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': {
    label: 'a Word document',
    extensions: ['docx'],
    wear: 20,
  },
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': {
    label: 'an Excel workbook',
    extensions: ['xlsx'],
    wear: 20,
  },
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': {
    label: 'a PowerPoint presentation',
    extensions: ['pptx'],
    wear: 20,
  },
  'application/vnd.oasis.opendocument.text': { label: 'an OpenDocument text', extensions: ['odt'], wear: 20 },
  'application/epub+zip': { label: 'an EPUB book', extensions: ['epub'], wear: 20 },
  'text/html': { label: 'an HTML page', extensions: ['html', 'htm', 'xhtml'], wear: 1 },
  'text/markdown': { label: 'Markdown text', extensions: ['md', 'markdown'], wear: 1 },
  'text/csv': { label: 'a CSV table', extensions: ['csv', 'tsv'], wear: 1 },
  'text/plain': { label: 'plain text', extensions: ['txt', 'text', 'log'], wear: 1 },
} as const;

export type MediaType = keyof typeof mediaTypes;

export const allMediaTypes = Object.keys(mediaTypes) as [MediaType, ...MediaType[]];

/** For the form's `accept`: `.pdf`, `.docx`, ... */
export const acceptedExtensions: readonly string[] = allMediaTypes.flatMap((type) =>
  mediaTypes[type].extensions.map((extension) => `.${extension}`),
);

export const readableTypes =
  'PDF, Word (.docx), Excel (.xlsx), PowerPoint (.pptx), ODT, EPUB, HTML, Markdown, CSV or TXT';

/** The extension in lower case without its dot; empty when the name has none. */
export function extensionOf(fileName: string): string {
  const dot = fileName.lastIndexOf('.');
  return dot > 0 ? fileName.slice(dot + 1).toLowerCase() : '';
}

/** What the name promises. Only the content decides. */
export function promisedType(fileName: string): MediaType | undefined {
  const extension = extensionOf(fileName);
  return allMediaTypes.find((type) => (mediaTypes[type].extensions as readonly string[]).includes(extension));
}
