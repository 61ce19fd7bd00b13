import { type LookupAddress, lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/**
 * Keeps calls out of private networks. An address that stands in a URL is asked about with `permits`; names are resolved
 * through `lookup` where the connection is made, and the connection goes to the address that was looked at: a name that
 * changes its mind between a check and the call gains nothing.
 */
export interface AddressGuard {
  /** Whether the host of a URL may be called as far as it says: a name is judged by what it resolves to. */
  permitsHost(hostname: string): boolean;
  permits(address: string): boolean;
  /** For `net.connect`. Fails with EPRIVATE when any address of the name may not be called. */
  readonly lookup: LookupFunction;
}

/** As `dns.lookup` with `all`. */
export type Resolve = (
  hostname: string,
  options: { readonly all: true; readonly family?: number; readonly hints?: number },
  callback: (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => void,
) => void;

export interface AddressGuardOptions {
  /** Private networks that may be called, as CIDR; `all` for every one. Default none. */
  readonly allow?: 'all' | readonly string[];
  /** Default the system's resolver. */
  readonly resolve?: Resolve;
}

/** Throws RangeError for a network that is no CIDR. */
export function createAddressGuard(options: AddressGuardOptions = {}): AddressGuard {
  const { allow = [] } = options;
  const resolve: Resolve = options.resolve ?? ((hostname, given, callback) => lookup(hostname, given, callback));
  const allowed = allow === 'all' ? undefined : blockListOf(allow);
  const permits = (address: string) =>
    allowed === undefined || !isPrivateAddress(address) || holds(allowed, v4Of(address) ?? address);
  return {
    permits,
    permitsHost(hostname) {
      const host = hostname.replace(/^\[|\]$/g, '');
      if (isIP(host) !== 0) return permits(host);
      // Resolved like any other name; refused here already because it can mean nothing else.
      return !/^(.+\.)?localhost\.?$/i.test(host) || permits('127.0.0.1') || permits('::1');
    },
    lookup(hostname, given, callback) {
      const { family, hints } = given;
      const asked = { all: true as const, family: familyNumber(family), ...(hints !== undefined && { hints }) };
      resolve(hostname, asked, (error, found) => {
        if (error) return callback(error, '', 0);
        if (found.length === 0 || found.some(({ address }) => !permits(address))) {
          return callback(privateError(), '', 0);
        }
        if (given.all) return callback(null, found);
        callback(null, found[0]?.address ?? '', found[0]?.family ?? 0);
      });
    },
  };
}

/**
 * What is no address of the public internet: this machine, private networks, link-local ones with a cloud's metadata
 * service, and addresses that carry another one inside (6to4, Teredo, NAT64), which a gateway would unpack behind our
 * back. IPv4 in IPv6 is judged as IPv4. By the IANA special-purpose registries.
 */
export function isPrivateAddress(address: string): boolean {
  const inner = v4Of(address);
  if (inner !== undefined) return PRIVATE.check(inner, 'ipv4');
  const plain = withoutZone(address);
  const family = isIP(plain);
  if (family === 0) return true;
  if (family === 4) return PRIVATE.check(plain, 'ipv4');
  return !GLOBAL_UNICAST.check(plain, 'ipv6') || PRIVATE.check(plain, 'ipv6');
}

const PRIVATE = blockListOf([
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  '224.0.0.0/3',
  ...['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'],
]);
/** All else of IPv6 is loopback, link-local, unique-local, multicast, NAT64 or not given out. */
const GLOBAL_UNICAST = blockListOf(['2000::/3']);

/** Mapped addresses have many spellings; the parser of URLs gives them one. */
function v4Of(address: string): string | undefined {
  if (isIP(address) !== 6) return undefined;
  const canonical = URL.parse(`http://[${withoutZone(address)}]/`)?.hostname ?? '';
  const [, high, low] = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(canonical) ?? [];
  if (high === undefined || low === undefined) return undefined;
  const [first, second] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return [first >> 8, first & 255, second >> 8, second & 255].join('.');
}

/** `fe80::1%eth0` names the interface as well. */
function withoutZone(address: string): string {
  return address.replace(/%.*$/, '');
}

function holds(list: BlockList, address: string): boolean {
  return list.check(withoutZone(address), isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

function blockListOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix = '', ...more] = network.split('/');
    const family = isIP(address);
    const most = family === 6 ? 128 : 32;
    if (family === 0 || !/^\d{1,3}$/.test(prefix) || Number(prefix) > most || more.length > 0) {
      throw new RangeError(`${network} is no network such as 10.0.0.0/8 or fd00::/8`);
    }
    list.addSubnet(address, Number(prefix), family === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}

function familyNumber(family: number | 'IPv4' | 'IPv6' | undefined): number {
  if (family === 'IPv4') return 4;
  return family === 'IPv6' ? 6 : (family ?? 0);
}

function privateError(): NodeJS.ErrnoException {
  return Object.assign(new Error('the name leads to a private address'), { code: 'EPRIVATE' });
}
