#!/bin/sh
# Writes one prepared record: kcat sends bytes as they are, it cannot make Avro of JSON.
#   send-record.sh BROKERS TOPIC CUSTOMER_ID FILE
# FILE is the value in the wire format, such as ../node/encode-event.ts prints. A file that is named is one message.
set -eu
exec kcat -P -b "$1" -t "$2" -k "$3" -X acks=all -X partitioner=murmur2_random "$4"
