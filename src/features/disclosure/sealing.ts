import { z } from 'zod';
import { openForDeployment, sealForDeployment } from '../../vault/deployment.js';
import type { SealedReport } from './queries.js';
import { type Attachment, Written } from './report.js';
import type { SealedFile } from './thread/queries.js';

const purpose = 'report';
const creditPurpose = 'report-credit';
const StoredFile = z.object({ name: z.string(), mediaType: z.string(), content: z.string() });

export const sealText = (id: string, text: string): Buffer => sealForDeployment(purpose, id, text);
export const openText = (id: string, sealed: Buffer): string => openForDeployment(purpose, id, sealed);

export function writtenOf({ id, sealed }: Pick<SealedReport, 'id' | 'sealed'>): Written {
  return Written.parse(JSON.parse(openText(id, sealed)));
}

export function sealFile(id: string, { name, mediaType, content }: Attachment): Buffer {
  return sealText(id, JSON.stringify({ name, mediaType, content: content.toString('base64') }));
}

/** As it came. Nobody has looked into it. */
export function openFile({ id, sealed }: SealedFile): Attachment {
  const { content, ...file } = StoredFile.parse(JSON.parse(openText(id, sealed)));
  return { ...file, content: Buffer.from(content, 'base64') };
}

/** How a reporter wants to be thanked. */
export const Credit = z.object({ name: z.string(), link: z.string() });
export type Credit = z.infer<typeof Credit>;

export const sealCredit = (reportId: string, credit: Credit): Buffer =>
  sealForDeployment(creditPurpose, reportId, JSON.stringify(credit));

export function openCredit(reportId: string, sealed: Buffer): Credit {
  return Credit.parse(JSON.parse(openForDeployment(creditPurpose, reportId, sealed)));
}
