import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';
import { compressFrame, decompressFrame } from 'lz4-napi';
import { compress as snappyCompress, uncompress as snappyUncompress } from 'snappy';

/** What kafkajs wants of a codec; its own type leaves the functions untyped. */
interface Codec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(bytes: Buffer): Promise<Buffer>;
}

const zstdCompressAsync = promisify<Buffer, Buffer>(zstdCompress);
const zstdDecompressAsync = promisify<Buffer, Buffer>(zstdDecompress);

const zstd: Codec = {
  compress: ({ buffer }) => zstdCompressAsync(buffer),
  decompress: (bytes) => zstdDecompressAsync(bytes),
};
const lz4: Codec = {
  compress: ({ buffer }) => compressFrame(buffer),
  decompress: (bytes) => decompressFrame(bytes),
};
const snappy: Codec = {
  compress: ({ buffer }) => snappyCompress(buffer),
  decompress: (bytes) => (isXerial(bytes) ? uncompressXerial(bytes) : uncompressRaw(bytes)),
};

/** Makes snappy, lz4 and zstd readable and writable next to gzip; without it one such batch ends the consumer. */
export function registerCodecs(): void {
  const { CompressionCodecs, CompressionTypes } = kafkajs;
  CompressionCodecs[CompressionTypes.Snappy] = () => snappy;
  CompressionCodecs[CompressionTypes.LZ4] = () => lz4;
  CompressionCodecs[CompressionTypes.ZSTD] = () => zstd;
}

/** Java's producer wraps snappy blocks in the xerial framing, librdkafka's writes one raw block. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
/** Magic, version, lowest compatible version. */
const XERIAL_HEADER_BYTES = 16;

function isXerial(bytes: Buffer): boolean {
  return bytes.length >= XERIAL_HEADER_BYTES && bytes.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC);
}

async function uncompressXerial(bytes: Buffer): Promise<Buffer> {
  const blocks: Promise<Buffer>[] = [];
  let at = XERIAL_HEADER_BYTES;
  while (at < bytes.length) {
    const length = bytes.readUInt32BE(at);
    blocks.push(uncompressRaw(bytes.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  return Buffer.concat(await Promise.all(blocks));
}

async function uncompressRaw(bytes: Buffer): Promise<Buffer> {
  return Buffer.from(await snappyUncompress(bytes, { asBuffer: true }));
}
