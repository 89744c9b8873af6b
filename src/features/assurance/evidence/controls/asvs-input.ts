import { controlsIn } from '../control.js';

/** OWASP ASVS 5.0.0, levels 1 and 2: V1 to V5. */
export const asvsInput = controlsIn(`
V1.1.1 | Input is decoded once, before it is used | t:http/page t:features/docs
V1.1.2 | Text is stored as it was typed and escaped where it is shown | ~ t:http/page t:architecture.test t:features/docs | Shown byte for byte for names; every field is not compared, and longer texts lose control characters by rule.
V1.2.1 | What people type never runs in a page | t:architecture.test c:headers t:http/markdown
V1.2.2 | Links lead to web and mail addresses only | t:http/markdown
V1.2.3 | Data inside a page's scripts stays data | t:architecture.test c:headers
V1.2.4 | No query is put together from text | t:architecture.test t:tenancy/isolation c:no-way-around
V1.2.5 | No shell runs, whatever a file is called | t:architecture.test t:features/knowledge/extraction
V1.2.6 | Directory queries are escaped | -
V1.2.7 | Paths into XML documents are escaped | -
V1.2.8 | Text for typesetting is escaped | -
V1.2.9 | Search words are not patterns | t:features/knowledge/search
V1.3.1 | Foreign HTML is cleaned by a proven cleaner | t:http/markdown
V1.3.2 | Nothing is evaluated as code | t:architecture.test c:headers
V1.3.3 | Text is trimmed of what could fool its reader | ~ t:features/roles t:features/knowledge/extraction | Shown for names, file names and documents, not for every field.
V1.3.4 | Pictures that can hold script are not shown as such | ~ t:features/knowledge/extraction | Uploaded files are never given out, so there is no answer to look at.
V1.3.5 | Formatted text allows a safe part of its language | t:http/markdown
V1.3.6 | The server asks no address that a visitor chose freely | t:http/outgoing
V1.3.7 | What people type is never a template | t:architecture.test t:http/page
V1.3.8 | Naming lookups take no foreign names | -
V1.3.9 | Cache commands take no foreign text | -
V1.3.10 | Format marks in input mean nothing | t:log.test
V1.3.11 | Input adds no header or recipient to a mail | t:mail/smtp t:mail/templates
V1.4.1 | Memory is handled by a language that is safe with it | -
V1.4.2 | Numbers that are too large, or none, are refused | t:routes
V1.4.3 | What is opened is closed again | ~ t:http/server-lifecycle | Connections are counted at the end; memory and files after a load are not.
V1.5.1 | XML is read without entities from elsewhere | t:features/knowledge/extraction
V1.5.2 | What is read back is checked against a shape | ~ t:architecture.test | Every edge has a schema by convention; no test walks all of them.
V2.1.1 | What input may look like is written down | g:input t:features/docs
V2.1.2 | Rules across several fields are written down | g:input t:features/docs
V2.1.3 | Limits are written down | g:input g:configuration g:authentication t:features/docs
V2.2.1 | Input is checked against what is expected | t:routes.test
V2.2.2 | It is checked on the server | ~ t:routes | Every form is posted to without its page; that the outcome is the same as by the page is shown for the main path alone.
V2.2.3 | Fields that belong together are checked together | ~ t:features/calendar | Shown for times of events; not for every pair of fields.
V2.3.1 | Steps cannot be skipped | t:features/accounts/second-step t:features/decisions
V2.3.2 | Limits of use hold | t:features/usage t:http/rate-limit
V2.3.3 | An act happens as a whole or not at all | t:features/conversations/crash t:features/workspaces/interrupted
V2.3.4 | What is there once is given once | t:features/members/races
V2.4.1 | Nobody is quicker than a person could be, where it matters | c:limits t:http/rate-limit
V3.2.1 | A file that is opened as a page stays a file | t:http/headers t:routes
V3.2.2 | Text is put into pages as text | t:browser/chat t:injection t:architecture.test
V3.3.1 | Cookies go over TLS and are named for it | c:session-cookie t:http/session
V3.3.2 | Cookies do not follow from other sites | c:session-cookie
V3.3.3 | Cookies are bound to this host | c:session-cookie
V3.3.4 | Scripts cannot read the session | c:session-cookie
V3.4.1 | Browsers are told to use TLS for a long time | c:headers c:https-only t:nginx
V3.4.2 | No other site may read answers | t:http/headers
V3.4.3 | The content policy starts from nothing | c:headers
V3.4.4 | Types are not guessed | c:headers
V3.4.5 | Addresses are not told to other sites | c:headers
V3.4.6 | No other site frames a page | c:headers
V3.5.1 | Another site cannot act through a visitor | c:forged-forms t:http/csrf t:routes.test
V3.5.2 | Requests that skip the browser's question are refused | t:http/csrf
V3.5.3 | Looking changes nothing | t:routes.test
V3.5.4 | Foreign files are served apart from the application | ~ c:uploads-leave | There is no second host name: uploads are never given out, and attachments of reports leave as downloads only.
V3.5.5 | Messages between windows are judged by their origin | -
V3.7.1 | Pages need no plug-in | t:browser/main-path
V3.7.2 | Redirects stay here, or ask first | t:http/next
V4.1.1 | Every answer says its type | t:http/headers t:browser/crawl t:routes
V4.1.2 | Only pages are led from plain HTTP to TLS | c:https-only t:nginx
V4.1.3 | Headers that a proxy sets cannot be forged | t:nginx t:http/rate-limit
V4.2.1 | One request cannot hide another | t:nginx/smuggling
V4.3.1 | Deep queries are limited | -
V4.3.2 | Schemas are not told to everybody | -
V4.4.1 | Web sockets use TLS | -
V4.4.2 | Web sockets check the origin | -
V4.4.3 | Web sockets have a session of their own | -
V4.4.4 | Web socket tokens come from the session | -
V5.1.1 | Which files may come is written down | g:knowledge
V5.2.1 | Files that are too large are refused early | t:features/knowledge/upload
V5.2.2 | Content decides what a file is | t:features/knowledge/extraction
V5.2.3 | Packed files are measured unpacked | t:features/knowledge/extraction
V5.3.1 | Uploaded files never run | c:uploads-leave t:features/knowledge/upload
V5.3.2 | File names choose no place on the disk | t:features/knowledge/extraction t:features/knowledge/uploads
V5.4.1 | Names of downloads come from here | t:features/audit t:features/exports t:routes
V5.4.2 | Names of downloads are encoded | t:features/audit t:routes
V5.4.3 | Files from elsewhere are scanned for malware | ~ t:features/knowledge/extraction | The test file for scanners is refused; no scanner is part of this, and files are not given out again.
`);
