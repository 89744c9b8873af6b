import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');
/** Reachable from inside of one provider's machines only, although its number is a public one: Azure's host. */
const hostOfAzure = '168.63.129.16';

/** Whether everyone on the internet reaches the same machine at this address. An address inside of another is judged by the inner one. */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = innermost(ipaddr.parse(text));
  if (address.range() !== 'unicast' || address.toString() === hostOfAzure) return false;
  // Beyond 2000::/3 nothing is given out; ::127.0.0.1 in its old form is there, and counts as unicast.
  return address instanceof ipaddr.IPv4 || address.match(globalUnicast);
}

/** Entries of an allow-list: host names, addresses, and ranges such as 10.1.0.0/16. */
export function isAllowed(
  allow: readonly string[],
  host: { readonly name: string } | { readonly address: string },
): boolean {
  if ('name' in host) return allow.some((entry) => entry.toLowerCase() === host.name.toLowerCase());
  const address = ipaddr.process(host.address);
  return allow.some((entry) => {
    if (ipaddr.isValidCIDR(entry)) {
      const [network, bits] = ipaddr.parseCIDR(entry);
      return network.kind() === address.kind() && address.match(network, bits);
    }
    return ipaddr.isValid(entry) && ipaddr.process(entry).toString() === address.toString();
  });
}

/**
 * Whether a list of what may be reached at all names this host: by its name, as one of `*.example.org`, which is not
 * example.org itself, or by the address that it is written as. A name is never judged by where it leads.
 */
export function isNamed(only: readonly string[], host: string): boolean {
  if (ipaddr.isValid(host)) return isAllowed(only, { address: host });
  const name = host.toLowerCase().replace(/\.$/, '');
  return only.some((entry) => {
    const known = entry.toLowerCase();
    return known.startsWith('*.') ? name.endsWith(known.slice(1)) && name.length > known.length - 1 : known === name;
  });
}

/** IPv4 within IPv6: mapped (RFC 4291), translated by NAT64 (RFC 6052, 8215) or SIIT (RFC 6145), carried by 6to4 (RFC 3056). */
function innermost(address: Address): Address {
  if (!(address instanceof ipaddr.IPv6)) return address;
  const bytes = address.toByteArray();
  const range = address.range();
  if (range === 'ipv4Mapped' || range === 'rfc6052' || range === 'rfc6145')
    return ipaddr.fromByteArray(bytes.slice(12));
  return range === '6to4' ? ipaddr.fromByteArray(bytes.slice(2, 6)) : address;
}
