import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '@tidemark/engine/adapters/local/file-layer';
import { lockDirectory, StoreRefused } from '@tidemark/engine/adapters/local/lock';
import { nodeFiles } from '@tidemark/engine/adapters/local/node-files';
import { parseOrder } from '@tidemark/schemas/global-records';
import type { Order } from '@tidemark/schemas/records';
import { ORDERS } from './topics';

const FILE = 'orders.json';
const folderOf = (directory: string): string => join(directory, ORDERS);

/**
 * What people have ordered about the data of a directory, the oldest first.
 * @throws StoreRefused when the file of the orders was altered
 */
export function readOrders(directory: string): readonly Order[] {
  const file = join(folderOf(directory), FILE);
  if (!existsSync(file)) return [];
  const orders = ordersIn(readFileSync(file, 'utf8'));
  if (orders !== undefined) return orders;
  throw new StoreRefused(
    `${file} does not hold orders: restore it from a copy, or remove it and give its orders again`,
  );
}

/** Undefined: the text is no list of orders. */
function ordersIn(text: string): readonly Order[] | undefined {
  const orders: Order[] = [];
  try {
    const values: unknown = JSON.parse(text);
    if (!Array.isArray(values)) return undefined;
    for (const value of values) {
      const parsed = parseOrder(value);
      if (!parsed.ok) return undefined;
      orders.push(parsed.record);
    }
    return orders;
  } catch {
    return undefined;
  }
}

/** The orders of a directory while nobody else can give any. */
export interface OrderBook {
  readonly orders: readonly Order[];
  /** Resolves when they are durable; those that were there stay until the new ones are whole. */
  readonly add: (orders: readonly Order[]) => Promise<void>;
}

/**
 * Keeps others from giving orders for as long as `use` takes. A server may run meanwhile.
 * @throws StoreRefused when another command gives orders now, or what there is cannot be read
 */
export async function withOrders<T>(
  directory: string,
  use: (book: OrderBook) => Promise<T>,
): Promise<T> {
  const folder = folderOf(directory);
  mkdirSync(folder, { recursive: true });
  const release = await lock(folder);
  try {
    let orders = readOrders(directory);
    return await use({
      orders,
      add: async (more) => {
        orders = [...orders, ...more];
        const text = JSON.stringify(orders, undefined, 2);
        await writeWhole(nodeFiles, folder, FILE, [Buffer.from(`${text}\n`)]);
      },
    });
  } finally {
    await release();
  }
}

async function lock(folder: string): Promise<() => Promise<void>> {
  try {
    return await lockDirectory(folder, () => undefined);
  } catch (error) {
    if (!(error instanceof StoreRefused)) throw error;
    throw new StoreRefused(
      `another command gives orders at this moment: say it again when it has ended (${error.message})`,
      { cause: error },
    );
  }
}
