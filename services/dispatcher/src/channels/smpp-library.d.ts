/** The part of `smpp` that is used; the package brings no types. */
declare module 'smpp' {
  import type { EventEmitter } from 'node:events';
  import type { Server } from 'node:net';

  export interface Pdu {
    readonly command: string;
    readonly command_status: number;
    readonly sequence_number: number;
    readonly esm_class?: number;
    readonly data_coding?: number;
    readonly message_id?: string;
    readonly receipted_message_id?: string;
    readonly message_state?: number;
    readonly source_addr?: string;
    readonly destination_addr?: string;
    readonly registered_delivery?: number;
    readonly validity_period?: unknown;
    readonly system_id?: string;
    readonly password?: string;
    readonly short_message?: string | { readonly message: string | Buffer };
    readonly message_payload?: string | { readonly message: string | Buffer };
    response(options?: Readonly<Record<string, unknown>>): Pdu;
  }

  export interface Session extends EventEmitter {
    /** Answers whether it could be written. */
    send(pdu: Pdu, onResponse?: (response: Pdu) => void): boolean;
    close(): void;
    destroy(): void;
  }

  export interface Encoding {
    match(text: string): boolean;
    encode(text: string): Buffer;
  }

  interface Smpp {
    connect(options: { readonly host: string; readonly port: number; readonly tls?: boolean }): Session;
    createServer(listener: (session: Session) => void): Server;
    readonly PDU: new (command: string, options?: Readonly<Record<string, unknown>>) => Pdu;
    /** `ASCII` is the GSM 03.38 alphabet. */
    readonly encodings: { readonly ASCII: Encoding; readonly UCS2: Encoding };
  }

  const smpp: Smpp;
  export default smpp;
}
