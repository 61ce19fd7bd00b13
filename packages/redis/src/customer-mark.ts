/** What stands in every JSON that names the customer by the field `customerId`, as `JSON.stringify` writes it; a text within cannot hold it. */
export function customerMark(customerId: string): string {
  return `"customerId":${JSON.stringify(customerId)}`;
}
