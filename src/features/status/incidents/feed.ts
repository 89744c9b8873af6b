import { type Incident, named, stageName } from './incident.js';
import { escapeMarkup as text, wordsOf } from './words.js';

/** The incidents as an Atom feed (RFC 4287): one entry each, which comes up again with every update. */
export function feedOf(incidents: readonly Incident[], origin: string): string {
  const newest = Math.max(0, ...incidents.map(({ updates }) => updates[0]?.at.getTime() ?? 0));
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<id>${text(origin)}/status/feed</id>
<title>Status of ${text(new URL(origin).host)}</title>
<updated>${new Date(newest).toISOString()}</updated>
<author><name>${text(new URL(origin).host)}</name></author>
<link rel="self" type="application/atom+xml" href="${text(origin)}/status/feed"/>
<link rel="alternate" type="text/html" href="${text(origin)}/status"/>
${incidents.map((incident) => entryOf(incident, origin)).join('')}</feed>
`;
}

function entryOf({ id, title, components, startsAt, updates }: Incident, origin: string): string {
  const told = updates.map(
    ({ at, stage, text: words }) =>
      `<p><strong>${text(stageName(stage))}</strong>, ${at.toISOString()}</p>${wordsOf(words)}`,
  );
  return `<entry>
<id>urn:uuid:${id}</id>
<title>${text(title)}</title>
<published>${startsAt.toISOString()}</published>
<updated>${(updates[0]?.at ?? startsAt).toISOString()}</updated>
<link rel="alternate" type="text/html" href="${text(origin)}/status/incidents/${id}"/>
${components.map((component) => `<category term="${component}" label="${text(named([component]))}"/>`).join('')}
<content type="html">${text(told.join('\n'))}</content>
</entry>
`;
}
