import { describe, expect, it } from 'vitest';
import { forgetCustomer } from './forget-customer.ts';

describe('to forget a customer', () => {
  it('asks every store, also when one of them is away, and says so', async () => {
    const asked: string[] = [];
    const store = (name: string) => async (customerId: string) => void asked.push(`${name} ${customerId}`);
    const stores = {
      recent: { forget: () => Promise.reject(new Error('redis is away')) },
      recommended: { forget: store('recommended') as never },
      interactions: { forget: store('interactions') as never },
      items: { forgetCustomer: store('items') as never },
    };
    await expect(forgetCustomer('c', stores)).rejects.toThrow('redis is away');
    expect(asked).toEqual(['recommended c', 'interactions c', 'items c']);
  });
});
