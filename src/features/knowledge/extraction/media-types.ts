/** The types that can be read (KB-1). `reusable`: read by little code and in one pass, so its child may read another file. */
export const mediaTypes = {
  'application/pdf': { label: 'a PDF document', extensions: ['pdf'], reusable: false },
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': {
    label: 'a Word document',
    extensions: ['docx'],
    reusable: false,
  },
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': {
    label: 'an Excel workbook',
    extensions: ['xlsx'],
    reusable: false,
  },
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': {
    label: 'a PowerPoint presentation',
    extensions: ['pptx'],
    reusable: false,
  },
  'application/vnd.oasis.opendocument.text': { label: 'an OpenDocument text', extensions: ['odt'], reusable: false },
  'application/epub+zip': { label: 'an EPUB book', extensions: ['epub'], reusable: false },
  'text/html': { label: 'an HTML page', extensions: ['html', 'htm', 'xhtml'], reusable: true },
  'text/markdown': { label: 'Markdown text', extensions: ['md', 'markdown'], reusable: true },
  'text/csv': { label: 'a CSV table', extensions: ['csv', 'tsv'], reusable: true },
  'text/plain': { label: 'plain text', extensions: ['txt', 'text', 'log'], reusable: true },
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
