"""Sends one UsageRecorded with Confluent's client, its registry client and its Avro serializer.

    pip install -r requirements.txt
    python send_usage.py BROKERS REGISTRY_URL CUSTOMER_ID EVENT_ID
"""

import sys
import time

from confluent_kafka import Producer
from confluent_kafka.schema_registry import SchemaRegistryClient, topic_record_subject_name_strategy
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

TOPIC = "telecom.usage.v1"
RECORD = "io.holdfast.events.UsageRecorded"

brokers, registry_url, customer_id, event_id = sys.argv[1:5]

registry = SchemaRegistryClient({"url": registry_url})
registered = registry.get_latest_version(f"{TOPIC}-{RECORD}")
serialize = AvroSerializer(
    registry,
    registered.schema,
    conf={
        # Several records share a topic, and producers register nothing.
        "subject.name.strategy": topic_record_subject_name_strategy,
        "auto.register.schemas": False,
        "use.latest.version": True,
    },
)
producer = Producer(
    {
        "bootstrap.servers": brokers,
        "acks": "all",
        "enable.idempotence": True,
        # librdkafka's own default is CRC32; this is Java's, which Holdfast expects.
        "partitioner": "murmur2_random",
    }
)

usage = {
    "eventId": event_id,
    "source": "python-example",
    "occurredAt": int(time.time() * 1000),
    "customerId": customer_id,
    "subscriptionId": f"{customer_id}-line",
    "kind": "DATA",
    "quantityMb": 12.5,
    # Fields that are left out are written with the defaults of the schema.
}


def delivered(error, message):
    if error is not None:
        raise SystemExit(f"not acknowledged: {error}")
    print(message.topic(), message.partition(), message.offset())


producer.produce(
    TOPIC,
    key=customer_id,
    value=serialize(usage, SerializationContext(TOPIC, MessageField.VALUE)),
    on_delivery=delivered,
)
if producer.flush(30) > 0:
    raise SystemExit("not acknowledged within 30 s; sending it again under the same event id is safe")
