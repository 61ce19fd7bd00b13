#!/bin/sh
# Shows the last records of a topic: partition, offset, customer, id of the schema, bytes.
#   read-records.sh BROKERS TOPIC COUNT
# '>bI' unpacks the head of the wire format: a zero byte and the schema's id. A kcat that was built with Avro shows
# whole records with -s value=avro -r REGISTRY_URL instead.
set -eu
exec kcat -C -q -b "$1" -t "$2" -o "-$3" -e -s 'value=>bI' -f '%p %o %k %s %S\n'
