import { describe, expect, it } from 'vitest';
import { readErrorHeaders, withoutErrorHeaders } from './error-headers.ts';

const texts = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)]));

const int32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const int64 = (value: bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
};

describe('the error headers', () => {
  it("of a Kafka Connect sink are its connector's topic, partition, offset, class and message", () => {
    const headers = texts({
      '__connect.errors.topic': 'orders',
      '__connect.errors.partition': '12',
      '__connect.errors.offset': '9007199254740991',
      '__connect.errors.connector.name': 'jdbc-sink',
      '__connect.errors.task.id': '0',
      '__connect.errors.stage': 'VALUE_CONVERTER',
      '__connect.errors.exception.class.name': 'org.apache.kafka.connect.errors.DataException',
      '__connect.errors.exception.message': 'Unknown magic byte!',
    });
    expect(readErrorHeaders(headers)).toEqual({
      family: 'connect',
      topic: 'orders',
      partition: 12,
      offset: 9007199254740991,
      reason: 'org.apache.kafka.connect.errors.DataException',
      message: 'Unknown magic byte!',
    });
  });

  it('of our own letters are told from those of a connector by its name', () => {
    expect(readErrorHeaders(texts({ '__connect.errors.connector.name': 'holdfast' })).family).toBe('holdfast');
  });

  it("of Spring's publisher have partition and offset as big-endian integers, and the cause before the listener's exception", () => {
    const headers = {
      ...texts({
        'kafka_dlt-original-topic': 'telecom.usage.v1',
        'kafka_dlt-original-consumer-group': 'billing',
        'kafka_dlt-exception-fqcn': 'org.springframework.kafka.listener.ListenerExecutionFailedException',
        'kafka_dlt-exception-cause-fqcn': 'java.lang.IllegalStateException',
        'kafka_dlt-exception-message': 'Listener failed; no such plan',
      }),
      'kafka_dlt-original-partition': int32(7),
      'kafka_dlt-original-offset': int64(4_294_967_296n),
      'kafka_dlt-original-timestamp': int64(1_763_800_000_000n),
    };
    expect(readErrorHeaders(headers)).toEqual({
      family: 'spring',
      topic: 'telecom.usage.v1',
      partition: 7,
      offset: 4_294_967_296,
      reason: 'java.lang.IllegalStateException',
      message: 'Listener failed; no such plan',
    });
  });

  it.each([
    ['text of its imitators', Buffer.from('31'), Buffer.from('12345678'), 31, 12345678],
    ['four digits', Buffer.from('1234'), Buffer.from('1234'), 1234, 1234],
    ['a negative integer', int32(-1), int64(-1n), undefined, undefined],
    ['an integer beyond 2^53', int32(0), int64(2n ** 60n), 0, undefined],
    ['bytes of another length', Buffer.from([1]), Buffer.from([1, 2, 3]), undefined, undefined],
  ])('of Spring may be %s', (_, partition, offset, expectedPartition, expectedOffset) => {
    const headers = { 'kafka_dlt-original-partition': partition, 'kafka_dlt-original-offset': offset };
    expect(readErrorHeaders(headers)).toMatchObject({ partition: expectedPartition, offset: expectedOffset });
  });

  it('of Kafka Streams name the class in front of the message', () => {
    const headers = texts({
      '__streams.errors.exception': 'org.apache.kafka.common.errors.SerializationException: Size of data is not 8',
      '__streams.errors.message': 'Size of data is not 8',
      '__streams.errors.stacktrace': 'at …',
      '__streams.errors.topic': 'telecom.churn.v1',
      '__streams.errors.partition': '3',
      '__streams.errors.offset': '77',
    });
    expect(readErrorHeaders(headers)).toEqual({
      family: 'streams',
      topic: 'telecom.churn.v1',
      partition: 3,
      offset: 77,
      reason: 'org.apache.kafka.common.errors.SerializationException',
      message: 'Size of data is not 8',
    });
  });

  it('that are missing leave everything open', () => {
    const { family, ...rest } = readErrorHeaders(texts({ origin: 'mediation-7' }));
    expect(family).toBe('none');
    expect(Object.values(rest).every((value) => value === undefined)).toBe(true);
  });

  it('are taken off without touching what the record had before', () => {
    const headers = texts({
      origin: 'mediation-7',
      'holdfast-attempt': '2',
      'holdfast-cut-from-bytes': '1000000',
      '__connect.errors.topic': 'a',
      '__streams.errors.topic': 'b',
      'kafka_dlt-original-topic': 'c',
    });
    expect(Object.keys(withoutErrorHeaders(headers)).sort()).toEqual(['holdfast-attempt', 'origin']);
  });
});
