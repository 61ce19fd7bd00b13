import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Properties;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Sends one UsageRecorded with the official Kafka client and Avro, and no other library:
 *
 *     java -cp 'libs/*' SendUsage.java BROKERS REGISTRY_URL CUSTOMER_ID EVENT_ID
 */
public class SendUsage {
  static final String TOPIC = "telecom.usage.v1";
  static final String RECORD = "io.holdfast.events.UsageRecorded";

  public static void main(String[] words) throws Exception {
    String brokers = words[0], registryUrl = words[1], customerId = words[2], eventId = words[3];
    JsonNode registered = latest(registryUrl, TOPIC + "-" + RECORD);
    int schemaId = registered.get("id").asInt();
    Schema schema = new Schema.Parser().parse(registered.get("schema").asText());

    // The builder fills what is not set with the defaults of the schema.
    GenericRecord usage =
        new GenericRecordBuilder(schema)
            .set("eventId", eventId)
            .set("source", "java-example")
            .set("occurredAt", Instant.now().toEpochMilli())
            .set("customerId", customerId)
            .set("subscriptionId", customerId + "-line")
            .set("kind", new GenericData.EnumSymbol(schema.getField("kind").schema(), "DATA"))
            .set("quantityMb", 12.5)
            .build();

    Properties settings = new Properties();
    settings.put("bootstrap.servers", brokers);
    settings.put("acks", "all"); // and idempotent, which is the default
    settings.put("key.serializer", StringSerializer.class.getName());
    settings.put("value.serializer", ByteArraySerializer.class.getName());
    try (KafkaProducer<String, byte[]> producer = new KafkaProducer<>(settings)) {
      // Keyed by customer; the default partitioner is the murmur2 that Holdfast expects.
      RecordMetadata place =
          producer.send(new ProducerRecord<>(TOPIC, customerId, wireFormat(schemaId, schema, usage))).get();
      System.out.println(place.topic() + " " + place.partition() + " " + place.offset());
    }
  }

  /** The Confluent wire format: a zero byte, the schema's id in four bytes, the record. */
  static byte[] wireFormat(int schemaId, Schema schema, GenericRecord record) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(0);
    out.write(ByteBuffer.allocate(4).putInt(schemaId).array());
    var encoder = EncoderFactory.get().binaryEncoder(out, null);
    new GenericDatumWriter<GenericRecord>(schema).write(record, encoder);
    encoder.flush();
    return out.toByteArray();
  }

  /** The newest version of a subject, with its id: producers look up and register nothing. */
  static JsonNode latest(String registryUrl, String subject) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(URI.create(registryUrl + "/subjects/" + subject + "/versions/latest")).build();
    HttpResponse<String> answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() != 200) throw new IOException("the registry answers " + answer.statusCode() + ": " + answer.body());
    return new ObjectMapper().readTree(answer.body());
  }
}
