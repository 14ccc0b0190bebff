/** One event of a stream (WHATWG: server-sent events). */
export interface ServerEvent {
  /** Where to go on after it. */
  readonly id: string;
  /** Empty for `message`. */
  readonly type: string;
  readonly data: string;
}

/** Reads events out of a stream's text, in whatever pieces it comes. */
export interface EventReader {
  readonly take: (text: string) => ServerEvent[];
  /** Where to come back to; empty before the first id. Only whole events count. */
  readonly lastEventId: () => string;
}

export function eventReader(): EventReader {
  let rest = '';
  let id = '';
  let lastEventId = '';
  let type = '';
  let data: string[] = [];
  const line = (text: string): ServerEvent | undefined => {
    if (text === '') {
      lastEventId = id;
      const event = { id, type, data: data.join('\n') };
      const isEvent = data.length > 0;
      type = '';
      data = [];
      return isEvent ? event : undefined;
    }
    const colon = text.indexOf(':');
    const field = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? '' : text.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') data.push(value);
    else if (field === 'event') type = value;
    else if (field === 'id') id = value;
    return undefined;
  };
  return {
    take: (text) => {
      rest += text;
      const events: ServerEvent[] = [];
      let from = 0;
      for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n', from)) {
        const event = line(rest.slice(from, end).replace(/\r$/, ''));
        if (event !== undefined) events.push(event);
        from = end + 1;
      }
      rest = rest.slice(from);
      return events;
    },
    lastEventId: () => lastEventId,
  };
}
