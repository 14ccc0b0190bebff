// Generated from schemas/events by `npm run generate`. Do not edit.
import type { RecordSchema } from '../avro-schema';

export const DEAD_LETTER_SCHEMA: RecordSchema = {
 "type": "record",
 "name": "DeadLetter",
 "namespace": "io.tidemark.v1",
 "doc": "A record that was refused where it entered: nothing is lost and nothing stops.",
 "tidemark": {
  "output": "dead-letter"
 },
 "fields": [
  {
   "name": "reason",
   "type": "string",
   "doc": "Why it was refused, a sentence without customer data."
  },
  {
   "name": "code",
   "type": "string",
   "doc": "Why it was refused, for programs (not-json, unknown-field, conflicting-duplicate ...)."
  },
  {
   "name": "source",
   "doc": "Where it came from: a position in a topic, or a line of a file.",
   "type": {
    "type": "record",
    "name": "Coordinates",
    "doc": "Either topic, partition and offset, or file and line.",
    "tidemark": {
     "oneOf": [
      [
       "topic",
       "partition",
       "offset"
      ],
      [
       "file",
       "line"
      ]
     ]
    },
    "fields": [
     {
      "name": "topic",
      "type": [
       "null",
       "string"
      ],
      "default": null,
      "doc": "Name of the topic."
     },
     {
      "name": "partition",
      "type": [
       "null",
       "int"
      ],
      "default": null,
      "tidemark": {
       "min": 0
      },
      "doc": "Partition, from 0."
     },
     {
      "name": "offset",
      "type": [
       "null",
       "long"
      ],
      "default": null,
      "tidemark": {
       "min": 0
      },
      "doc": "Offset within the partition, from 0."
     },
     {
      "name": "file",
      "type": [
       "null",
       "string"
      ],
      "default": null,
      "doc": "Name of the file; - for standard input."
     },
     {
      "name": "line",
      "type": [
       "null",
       "long"
      ],
      "default": null,
      "tidemark": {
       "min": 1
      },
      "doc": "Line, from 1."
     }
    ]
   }
  },
  {
   "name": "field",
   "type": [
    "null",
    "string"
   ],
   "doc": "Path of the offending field (set.parties[1].role); null where it is the whole record."
  },
  {
   "name": "payload",
   "type": "string",
   "doc": "The record as it came: its text, or Base64 where it is not text. Customer data: for those who may see it."
  }
 ]
};

export const DECISION_SCHEMA: RecordSchema = {
 "type": "record",
 "name": "Decision",
 "namespace": "io.tidemark.v1",
 "doc": "What a person decided about a customer's rating (S-10, S-11).",
 "tidemark": {
  "input": "decision"
 },
 "fields": [
  {
   "name": "id",
   "type": "string",
   "tidemark": {
    "minLength": 1
   },
   "doc": "Identifies the record within (institution, customer). A second record of the same identity is a duplicate; with other content it is refused."
  },
  {
   "name": "institution",
   "type": "string",
   "tidemark": {
    "format": "institution"
   },
   "doc": "The institution whose customer this is: 1 to 64 of A-Z a-z 0-9 . _ - (P-3)."
  },
  {
   "name": "customer",
   "type": "string",
   "tidemark": {
    "minLength": 1
   },
   "doc": "The customer's id within the institution; one grade per institution and customer (P-3)."
  },
  {
   "name": "occurredAt",
   "type": {
    "type": "long",
    "logicalType": "timestamp-millis"
   },
   "doc": "When it happened, UTC milliseconds. Windows and ages count from it; what lies after as-of never counts."
  },
  {
   "name": "source",
   "type": [
    "null",
    "string"
   ],
   "default": null,
   "doc": "The system that says so, free text; without effect on scores (S-1)."
  },
  {
   "name": "kind",
   "type": {
    "type": "enum",
    "name": "DecisionKind",
    "symbols": [
     "confirm"
    ]
   },
   "doc": "confirm: a second person confirms the rating of this sequence, which becomes final if it is the current one (S-10)."
  },
  {
   "name": "sequence",
   "type": "long",
   "tidemark": {
    "min": 1
   },
   "doc": "The customer's rating that is decided upon, 1 or more."
  },
  {
   "name": "by",
   "type": "string",
   "tidemark": {
    "minLength": 1
   },
   "doc": "Who decided, an id within the institution (S-10, P-2)."
  }
 ]
};

export const GRADE_CHANGE_SCHEMA: RecordSchema = {
 "type": "record",
 "name": "GradeChange",
 "namespace": "io.tidemark.v1",
 "doc": "The effective grade of a customer changed, or was given for the first time. One for every change, none without. Score, basis and reasons are those of the open facts: what a methodology calls confidential counts in the grade alone, and is told in the topic restricted; never to be shown to the customer (T-4, P-2, M-0).",
 "tidemark": {
  "output": "grade-change"
 },
 "fields": [
  {
   "name": "id",
   "type": "string",
   "doc": "institution:customer:sequence; the same change always has the same id."
  },
  {
   "name": "institution",
   "type": "string",
   "tidemark": {
    "format": "institution"
   },
   "doc": "The institution whose customer this is: 1 to 64 of A-Z a-z 0-9 . _ - (P-3)."
  },
  {
   "name": "customer",
   "type": "string",
   "tidemark": {
    "minLength": 1
   },
   "doc": "The customer's id within the institution (P-3)."
  },
  {
   "name": "sequence",
   "type": "long",
   "tidemark": {
    "min": 1
   },
   "doc": "Number of the change for this customer, from 1 without a gap."
  },
  {
   "name": "previousGrade",
   "type": [
    "null",
    "int"
   ],
   "tidemark": {
    "min": 1
   },
   "doc": "The grade before; null for the first."
  },
  {
   "name": "grade",
   "type": "int",
   "tidemark": {
    "min": 1
   },
   "doc": "The effective grade from now on, 1 (lowest risk) to m (W-8, W-9)."
  },
  {
   "name": "direction",
   "type": "string",
   "tidemark": {
    "allowed": [
     "initial",
     "up",
     "down"
    ]
   },
   "doc": "initial for the first, up to a higher risk, down to a lower."
  },
  {
   "name": "status",
   "type": "string",
   "tidemark": {
    "allowed": [
     "preliminary",
     "final"
    ]
   },
   "doc": "preliminary until a person has confirmed it, then final (S-8, S-10)."
  },
  {
   "name": "score",
   "type": "string",
   "doc": "R = S / m, the shortest exact decimal with at least one decimal (26.0); where it does not end, rounded half-up to 6 places. 100/m to 100 (W-7)."
  },
  {
   "name": "basis",
   "type": "string",
   "tidemark": {
    "allowed": [
     "scored",
     "direct-highest",
     "direct-lowest",
     "override",
     "restricted"
    ]
   },
   "doc": "Why the effective grade is what it is: scored, direct-highest (X-H0), direct-lowest (X-L0), override; restricted where the open facts alone would give another grade."
  },
  {
   "name": "methodology",
   "doc": "The methodology that was applied (P-5, W).",
   "type": {
    "type": "record",
    "name": "MethodologyRef",
    "doc": "One version of one methodology document.",
    "fields": [
     {
      "name": "id",
      "type": "string",
      "doc": "The document's id."
     },
     {
      "name": "version",
      "type": "string",
      "doc": "Its version."
     }
    ]
   }
  },
  {
   "name": "occurredAt",
   "type": {
    "type": "long",
    "logicalType": "timestamp-millis"
   },
   "doc": "When the grade changed, on the clock of the rating, UTC milliseconds."
  },
  {
   "name": "cause",
   "doc": "What made the customer be rated again (T-4).",
   "type": {
    "type": "record",
    "name": "Cause",
    "doc": "The event, or the passing of time.",
    "fields": [
     {
      "name": "kind",
      "type": "string",
      "doc": "Type or kind of the record that caused it (profile-change, transaction, str_filed ...), or tick where only time passed; restricted for a confidential one."
     },
     {
      "name": "eventId",
      "type": [
       "null",
       "string"
      ],
      "doc": "Id of that record; null where there is none, or it is confidential."
     }
    ]
   }
  },
  {
   "name": "reasons",
   "doc": "What differs from the rating before: sub-items with another score, direct rules that began or ceased to hold (S-8).",
   "type": {
    "type": "array",
    "items": {
     "type": "record",
     "name": "Reason",
     "doc": "One difference.",
     "fields": [
      {
       "name": "code",
       "type": "string",
       "doc": "Id of the sub-item or of the direct rule; restricted (from and to 0 or 1) where confidential facts gave the grade, before or now."
      },
      {
       "name": "from",
       "type": [
        "null",
        "int"
       ],
       "doc": "Score before; null where there was none."
      },
      {
       "name": "to",
       "type": [
        "null",
        "int"
       ],
       "doc": "Score now; null where there is none any more."
      }
     ]
    }
   }
  },
  {
   "name": "measures",
   "type": {
    "type": "array",
    "items": "string"
   },
   "doc": "Codes of the measures that follow from the grade, M-E1 to M-E9 and M-S1 to M-S4 in the default methodology (M-0, M-E0, M-S0)."
  },
  {
   "name": "reviewDueOn",
   "type": [
    "null",
    {
     "type": "int",
     "logicalType": "date"
    }
   ],
   "doc": "Last day for the next review, days since 1970-01-01; null where none is known (T-2, T-3)."
  },
  {
   "name": "previousHash",
   "type": [
    "null",
    "string"
   ],
   "doc": "hash of the change before; null for the first."
  },
  {
   "name": "hash",
   "type": "string",
   "doc": "SHA-256 in hex of this record's RFC 8785 JSON without hash: the changes of a customer form a chain."
  }
 ]
};

export const JOURNAL_SCHEMA: RecordSchema = {
 "type": "record",
 "name": "Journal",
 "namespace": "io.tidemark.v1",
 "doc": "One step of one partition: everything that it depended on and what it brought, so that anyone can run it again (T-4, S-8). One step is one transaction.",
 "tidemark": {
  "output": "journal"
 },
 "fields": [
  {
   "name": "application",
   "type": "string",
   "tidemark": {
    "minLength": 1
   },
   "doc": "Name of the application whose partition this is; another one's journal is refused."
  },
  {
   "name": "generation",
   "type": "int",
   "tidemark": {
    "min": 1
   },
   "doc": "Number of the layout: a new one begins when the number of partitions or the cluster changes."
  },
  {
   "name": "partition",
   "type": "int",
   "tidemark": {
    "min": 0
   },
   "doc": "Partition, from 0."
  },
  {
   "name": "partitions",
   "type": "int",
   "tidemark": {
    "min": 1
   },
   "doc": "Number of partitions of this generation."
  },
  {
   "name": "step",
   "type": "long",
   "tidemark": {
    "min": 0
   },
   "doc": "Number of the step, from 0 (genesis) without a gap."
  },
  {
   "name": "kind",
   "type": "string",
   "tidemark": {
    "allowed": [
     "genesis",
     "owner",
     "records",
     "tick",
     "sweep",
     "version",
     "skip"
    ]
   },
   "doc": "genesis: the first record. owner: a process took the partition over. records: slices of the input topics. tick: time passed, keys were due. sweep: keys were decided once more because version or build changed. version: another version came into force. skip: a record that could not be processed was passed over by order of a person."
  },
  {
   "name": "clock",
   "type": {
    "type": "long",
    "logicalType": "timestamp-millis"
   },
   "doc": "Clock of the partition at the end of the step, UTC milliseconds; it never goes back."
  },
  {
   "name": "time",
   "type": "string",
   "tidemark": {
    "allowed": [
     "wall",
     "event"
    ]
   },
   "doc": "How records got their clock. wall: all of a slice are decided at the slice's clock. event: each at the greatest time of a record so far, its own included."
  },
  {
   "name": "slices",
   "doc": "What was read of the topics, in the order in which it was processed.",
   "type": {
    "type": "array",
    "items": {
     "type": "record",
     "name": "Slice",
     "doc": "Consecutive records of one topic.",
     "fields": [
      {
       "name": "topic",
       "type": "string",
       "doc": "Name of the topic."
      },
      {
       "name": "from",
       "type": "long",
       "tidemark": {
        "min": 0
       },
       "doc": "Offset at which reading began."
      },
      {
       "name": "next",
       "type": "long",
       "tidemark": {
        "min": 0
       },
       "doc": "Offset at which reading goes on."
      },
      {
       "name": "count",
       "type": "int",
       "tidemark": {
        "min": 0
       },
       "doc": "Number of records; fewer than next - from where offsets have gaps."
      },
      {
       "name": "hash",
       "type": "string",
       "doc": "SHA-256 in hex over the records: of each its length as 4 bytes, lowest first, and its bytes."
      },
      {
       "name": "clock",
       "type": {
        "type": "long",
        "logicalType": "timestamp-millis"
       },
       "doc": "Clock after the last of the records, UTC milliseconds."
      }
     ]
    }
   }
  },
  {
   "name": "positions",
   "type": {
    "type": "map",
    "values": "long"
   },
   "doc": "Offset of the next record of every topic, global ones included, after this step."
  },
  {
   "name": "range",
   "doc": "What a tick or sweep covered: all keys after `from` up to and with `to`, by (due, key) for a tick and by key for a sweep; null for other kinds, and where nothing was due.",
   "default": null,
   "type": [
    "null",
    {
     "type": "record",
     "name": "Range",
     "doc": "A range of keys.",
     "fields": [
      {
       "name": "fromKey",
       "type": "string",
       "doc": "Sweep: the range begins after this key. Tick: its first key."
      },
      {
       "name": "toKey",
       "type": "string",
       "doc": "The last key."
      },
      {
       "name": "toDue",
       "type": [
        "null",
        {
         "type": "long",
         "logicalType": "timestamp-millis"
        }
       ],
       "default": null,
       "doc": "Tick: when the last key was due."
      }
     ]
    }
   ]
  },
  {
   "name": "sweep",
   "doc": "How far the running sweep is after this step; null while none runs.",
   "default": null,
   "type": [
    "null",
    {
     "type": "record",
     "name": "Sweep",
     "doc": "A sweep over all keys.",
     "fields": [
      {
       "name": "after",
       "type": "string",
       "doc": "Every key up to and with this one has been decided."
      },
      {
       "name": "cause",
       "type": "string",
       "tidemark": {
        "allowed": [
         "version",
         "correction"
        ]
       },
       "doc": "version: another version is in force. correction: another build runs."
      }
     ]
    }
   ]
  },
  {
   "name": "refused",
   "doc": "Verdicts on records that were not taken.",
   "type": {
    "type": "array",
    "items": {
     "type": "record",
     "name": "Refused",
     "doc": "One record, refused.",
     "fields": [
      {
       "name": "topic",
       "type": "string",
       "doc": "Name of the topic."
      },
      {
       "name": "offset",
       "type": "long",
       "tidemark": {
        "min": 0
       },
       "doc": "Its offset."
      },
      {
       "name": "code",
       "type": "string",
       "doc": "Why, for programs."
      }
     ]
    }
   }
  },
  {
   "name": "schemas",
   "doc": "Every schema that records were written with so far, this step included: an id that ever means another one stops the partition.",
   "default": [],
   "type": {
    "type": "array",
    "items": {
     "type": "record",
     "name": "WriterSchema",
     "doc": "A schema of the registry.",
     "fields": [
      {
       "name": "id",
       "type": "int",
       "tidemark": {
        "min": 0
       },
       "doc": "Its number there."
      },
      {
       "name": "fingerprint",
       "type": "string",
       "doc": "SHA-256 in hex of its canonical form."
      }
     ]
    }
   }
  },
  {
   "name": "globalRefused",
   "doc": "Verdicts on all records of global topics that were ever refused, after this step: whoever begins here obeys them.",
   "type": {
    "type": "array",
    "items": "Refused"
   }
  },
  {
   "name": "removed",
   "doc": "Keys of which this step published something and of which nothing is kept after it.",
   "type": {
    "type": "array",
    "items": "string"
   }
  },
  {
   "name": "outputs",
   "doc": "What was published, in order.",
   "type": {
    "type": "array",
    "items": {
     "type": "record",
     "name": "OutputEntry",
     "doc": "One output record.",
     "fields": [
      {
       "name": "topic",
       "type": "string",
       "doc": "Topic to which it went."
      },
      {
       "name": "key",
       "type": "string",
       "doc": "Its key."
      },
      {
       "name": "kind",
       "type": "string",
       "doc": "Its kind (grade-change, rating ...)."
      },
      {
       "name": "sequence",
       "type": [
        "null",
        "long"
       ],
       "doc": "Its number among the key's outputs of this kind; null where they have none."
      },
      {
       "name": "digest",
       "type": "string",
       "doc": "SHA-256 in hex of the fields that a later build must bring again."
      },
      {
       "name": "published",
       "type": [
        "null",
        "string"
       ],
       "default": null,
       "doc": "What the key's state takes over of it on replay, where another build calculates otherwise; JSON."
      }
     ]
    }
   }
  },
  {
   "name": "restart",
   "doc": "From where a replay over the checkpoint begins.",
   "type": {
    "type": "record",
    "name": "Restart",
    "doc": "A place in the journal.",
    "fields": [
     {
      "name": "step",
      "type": "long",
      "tidemark": {
       "min": 0
      },
      "doc": "The first step that is not wholly in the checkpoint."
     },
     {
      "name": "position",
      "type": "long",
      "tidemark": {
       "min": 0
      },
      "doc": "Offset in the journal of the record before that step, or of an earlier one."
     }
    ]
   }
  },
  {
   "name": "build",
   "type": "string",
   "doc": "Build of the machine that decided."
  },
  {
   "name": "version",
   "type": "string",
   "doc": "Version of the methodology with its reference lists that was in force, as a fingerprint; empty before the first."
  },
  {
   "name": "note",
   "type": [
    "null",
    "string"
   ],
   "default": null,
   "doc": "owner: who took over. skip: the reason that the person gave."
  },
  {
   "name": "previousHash",
   "type": [
    "null",
    "string"
   ],
   "doc": "SHA-256 in hex of the bytes of the record before; null for the first."
  }
 ]
};

export const LINK_FACT_SCHEMA: RecordSchema = {
 "type": "record",
 "name": "LinkFact",
 "namespace": "io.tidemark.v1",
 "doc": "A pattern across several customers, found elsewhere and stated for one of them. One register per pattern, the greatest (occurredAt, id) wins; a hit holds until a later record says false.",
 "tidemark": {
  "input": "link-fact"
 },
 "fields": [
  {
   "name": "id",
   "type": "string",
   "tidemark": {
    "minLength": 1
   },
   "doc": "Identifies the record within (institution, customer). A second record of the same identity is a duplicate; with other content it is refused."
  },
  {
   "name": "institution",
   "type": "string",
   "tidemark": {
    "format": "institution"
   },
   "doc": "The institution whose customer this is: 1 to 64 of A-Z a-z 0-9 . _ - (P-3)."
  },
  {
   "name": "customer",
   "type": "string",
   "tidemark": {
    "minLength": 1
   },
   "doc": "The customer's id within the institution; one grade per institution and customer (P-3)."
  },
  {
   "name": "occurredAt",
   "type": {
    "type": "long",
    "logicalType": "timestamp-millis"
   },
   "doc": "When it happened, UTC milliseconds. Windows and ages count from it; what lies after as-of never counts."
  },
  {
   "name": "source",
   "type": [
    "null",
    "string"
   ],
   "default": null,
   "doc": "The system that says so, free text; without effect on scores (S-1)."
  },
  {
   "name": "pattern",
   "type": "string",
   "tidemark": {
    "allowed": [
     "B2.1",
     "B2.3",
     "B4.1",
     "B4.3",
     "B4.4",
     "X-H3"
    ]
   },
   "doc": "B2.1 few operators (E-B2.1), B2.3 one IP (E-B2.3), B4.1 often an agent (E-B4.1), B4.3 one agent, several accounts (E-B4.3), B4.4 same phone or emergency contact (E-B4.4), X-H3 an owner or controller is a listed or exposed customer (X-H3)."
  },
  {
   "name": "hit",
   "type": "boolean",
   "doc": "Whether the pattern is met."
  },
  {
   "name": "count",
   "type": [
    "null",
    "int"
   ],
   "default": null,
   "tidemark": {
    "min": 0
   },
   "doc": "How many customers or accounts share it, 0 or more; evidence only."
  },
  {
   "name": "key",
   "type": [
    "null",
    "string"
   ],
   "default": null,
   "doc": "Keyed hash of what is shared, never the thing itself; evidence only."
  }
 ]
};

export const METHODOLOGY_VERSION_SCHEMA: RecordSchema = {
 "type": "record",
 "name": "MethodologyVersion",
 "namespace": "io.tidemark.v1",
 "doc": "A version of a methodology document, published to all partitions (W-5). Immutable: a second record of the same id and version with other content is refused.",
 "tidemark": {
  "output": "methodology"
 },
 "fields": [
  {
   "name": "id",
   "type": "string",
   "tidemark": {
    "minLength": 1
   },
   "doc": "The document's own id (cn-aml-bank)."
  },
  {
   "name": "version",
   "type": "string",
   "tidemark": {
    "minLength": 1
   },
   "doc": "The document's own version (1.0.0); raise it with every change."
  },
  {
   "name": "document",
   "type": "string",
   "tidemark": {
    "minLength": 2
   },
   "doc": "The methodology document as JSON text, in the form of methodology.schema.json."
  },
  {
   "name": "framework",
   "type": [
    "null",
    "string"
   ],
   "default": null,
   "doc": "The framework that the document names, as JSON text: the demands that it was checked against. Null where it names none."
  },
  {
   "name": "activateAt",
   "type": {
    "type": "long",
    "logicalType": "timestamp-millis"
   },
   "doc": "From when it is in force, UTC milliseconds; in the past: from when it is read. Of several whose time has come the one with the latest is in force, of equal ones the one published last."
  }
 ]
};

export const ORDER_SCHEMA: RecordSchema = {
 "type": "record",
 "name": "Order",
 "namespace": "io.tidemark.v1",
 "doc": "What a person has ordered: that a record which stops its partition is passed over, that a dead letter's record is sent again, that a dead letter is discarded. Orders are never changed or removed: who did what, when and why stays (T-4).",
 "tidemark": {
  "output": "order"
 },
 "fields": [
  {
   "name": "kind",
   "type": "string",
   "tidemark": {
    "allowed": [
     "skip",
     "replay",
     "discard"
    ]
   },
   "doc": "skip: the record is passed over and goes to the dead letters. replay: the record of the letter was sent again. discard: nothing is done about the letter. Of several about one letter the first stands."
  },
  {
   "name": "topic",
   "type": "string",
   "tidemark": {
    "minLength": 1
   },
   "doc": "Topic of the record or letter, by its name within the application (transactions, dead-letters)."
  },
  {
   "name": "partition",
   "type": "int",
   "tidemark": {
    "min": 0
   },
   "doc": "Its partition, from 0."
  },
  {
   "name": "offset",
   "type": "long",
   "tidemark": {
    "min": 0
   },
   "doc": "Its offset, from 0."
  },
  {
   "name": "reason",
   "type": "string",
   "tidemark": {
    "minLength": 1
   },
   "doc": "Why, in the words of who ordered it. No customer data belongs here."
  },
  {
   "name": "by",
   "type": "string",
   "tidemark": {
    "minLength": 1
   },
   "doc": "Who ordered it."
  },
  {
   "name": "at",
   "type": {
    "type": "long",
    "logicalType": "timestamp-millis"
   },
   "doc": "When, by the clock of who ordered it, UTC milliseconds."
  }
 ]
};

export const PROFILE_CHANGE_SCHEMA: RecordSchema = {
 "type": "record",
 "name": "ProfileChange",
 "namespace": "io.tidemark.v1",
 "doc": "What became known of a customer, or stopped being known. Each attribute is a register of its own: the greatest (occurredAt, id) wins, whatever the order of arrival (T-4, S-1, S-5).",
 "tidemark": {
  "input": "profile-change",
  "clears": true
 },
 "fields": [
  {
   "name": "id",
   "type": "string",
   "tidemark": {
    "minLength": 1
   },
   "doc": "Identifies the record within (institution, customer). A second record of the same identity is a duplicate; with other content it is refused."
  },
  {
   "name": "institution",
   "type": "string",
   "tidemark": {
    "format": "institution"
   },
   "doc": "The institution whose customer this is: 1 to 64 of A-Z a-z 0-9 . _ - (P-3)."
  },
  {
   "name": "customer",
   "type": "string",
   "tidemark": {
    "minLength": 1
   },
   "doc": "The customer's id within the institution; one grade per institution and customer (P-3)."
  },
  {
   "name": "occurredAt",
   "type": {
    "type": "long",
    "logicalType": "timestamp-millis"
   },
   "doc": "When it became so, UTC milliseconds. Decides between two values of one attribute; what lies after as-of never counts."
  },
  {
   "name": "source",
   "type": [
    "null",
    "string"
   ],
   "default": null,
   "doc": "The system or document that says so, free text; without effect on scores (S-1)."
  },
  {
   "name": "set",
   "default": null,
   "doc": "The attributes stated by this record. An attribute left out is not stated and keeps its value; null is refused: use clear.",
   "tidemark": {
    "nullRefused": true
   },
   "type": [
    "null",
    {
     "type": "record",
     "name": "ProfileAttributes",
     "doc": "Attributes of a customer, each of them optional.",
     "fields": [
      {
       "name": "groupId",
       "type": [
        "null",
        "string"
       ],
       "default": null,
       "doc": "The customer's id within the group of institutions, free string (P-3)."
      },
      {
       "name": "institutionType",
       "type": [
        "null",
        {
         "type": "enum",
         "name": "InstitutionType",
         "symbols": [
          "bank",
          "securities",
          "futures",
          "insurance",
          "trust",
          "payment",
          "dnfbp"
         ]
        }
       ],
       "default": null,
       "doc": "Sector of the institution that keeps the relationship: bank, securities, futures, insurance, trust, payment, dnfbp (P-10, E-B5; absent premiums count as none unless insurance, X-L1)."
      },
      {
       "name": "relationshipType",
       "type": [
        "null",
        {
         "type": "enum",
         "name": "RelationshipType",
         "symbols": [
          "ongoing",
          "occasional"
         ]
        }
       ],
       "default": null,
       "doc": "ongoing or occasional, a one-off customer (P-11)."
      },
      {
       "name": "customerKind",
       "type": [
        "null",
        {
         "type": "enum",
         "name": "CustomerKind",
         "symbols": [
          "natural",
          "entity",
          "sole_trader"
         ]
        }
       ],
       "default": null,
       "doc": "natural person, entity, or sole_trader (个体工商户). Decides the segment: absent means no rating but a task (E-1, X-L1)."
      },
      {
       "name": "legalForm",
       "type": [
        "null",
        {
         "type": "enum",
         "name": "LegalForm",
         "symbols": [
          "state_organ",
          "public_institution",
          "soe",
          "company",
          "sole_proprietorship",
          "partnership",
          "family_firm",
          "npo",
          "trust",
          "foreign_entity"
         ]
        }
       ],
       "default": null,
       "doc": "Legal form of an entity (E-C1, E-C5, X-L0)."
      },
      {
       "name": "listingMic",
       "type": [
        "null",
        "string"
       ],
       "default": null,
       "doc": "Market on which the customer is listed, ISO 10383 code; decides C1 only where infoOpenness is absent (E-C1)."
      },
      {
       "name": "infoOpenness",
       "type": [
        "null",
        {
         "type": "enum",
         "name": "InfoOpenness",
         "symbols": [
          "public",
          "audited",
          "registry",
          "partial",
          "closed"
         ]
        }
       ],
       "default": null,
       "doc": "How open the customer's data are, from public (lowest risk) to closed; natural persons: audited = job and income verified by a third party, registry = declared (E-C1)."
      },
      {
       "name": "channel",
       "type": [
        "null",
        {
         "type": "enum",
         "name": "RelationshipChannel",
         "symbols": [
          "counter",
          "affiliate",
          "video",
          "intermediary",
          "remote",
          "introducer"
         ]
        }
       ],
       "default": null,
       "doc": "How the relationship was set up (E-C2)."
      },
      {
       "name": "idType",
       "type": [
        "null",
        {
         "type": "enum",
         "name": "IdType",
         "symbols": [
          "resident_id",
          "temp_id",
          "household_book",
          "pr_card",
          "hkmo_permit",
          "tw_permit",
          "passport",
          "entity_licence",
          "foreign_entity_doc"
         ]
        }
       ],
       "default": null,
       "doc": "Kind of identity document (E-C3, X-L3)."
      },
      {
       "name": "idIssuer",
       "type": [
        "null",
        "string"
       ],
       "default": null,
       "tidemark": {
        "format": "country"
       },
       "doc": "Country that issued the identity document, ISO 3166-1 alpha-2; HK, MO and TW count as abroad (X-L3)."
      },
      {
       "name": "idExpiry",
       "type": [
        "null",
        {
         "type": "int",
         "logicalType": "date"
        }
       ],
       "default": null,
       "doc": "Last day on which the document is valid, days since 1970-01-01; absent means no end (E-C3)."
      },
      {
       "name": "idCheck",
       "type": [
        "null",
        {
         "type": "enum",
         "name": "IdCheck",
         "symbols": [
          "registry_verified",
          "mainland_verified",
          "foreign_verified",
          "weak",
          "unverifiable"
         ]
        }
       ],
       "default": null,
       "doc": "How well the document could be checked (E-C3)."
      },
      {
       "name": "birthDate",
       "type": [
        "null",
        {
         "type": "int",
         "logicalType": "date"
        }
       ],
       "default": null,
       "doc": "Natural persons: day of birth, days since 1970-01-01, negative before it (E-C7)."
      },
      {
       "name": "establishedDate",
       "type": [
        "null",
        {
         "type": "int",
         "logicalType": "date"
        }
       ],
       "default": null,
       "doc": "Entities: day of foundation, days since 1970-01-01, negative before it (E-C8)."
      },
      {
       "name": "residency",
       "type": [
        "null",
        {
         "type": "enum",
         "name": "Residency",
         "symbols": [
          "resident",
          "non_resident"
         ]
        }
       ],
       "default": null,
       "doc": "resident or non_resident (X-L3, X-L0)."
      },
      {
       "name": "nationality",
       "type": [
        "null",
        {
         "type": "array",
         "items": "string"
        }
       ],
       "default": null,
       "tidemark": {
        "format": "country"
       },
       "doc": "Every nationality held, ISO 3166-1 alpha-2 (E-G0, E-G1, E-G2, E-G3)."
      },
      {
       "name": "registration",
       "default": null,
       "doc": "Where the customer is registered (E-G0 to E-G4).",
       "type": [
        "null",
        {
         "type": "record",
         "name": "Place",
         "doc": "A place: a country, and within mainland China a region.",
         "fields": [
          {
           "name": "country",
           "type": "string",
           "tidemark": {
            "format": "country"
           },
           "doc": "ISO 3166-1 alpha-2; HK, MO and TW count as abroad (E-G0)."
          },
          {
           "name": "region",
           "type": [
            "null",
            "string"
           ],
           "default": null,
           "tidemark": {
            "format": "region"
           },
           "doc": "GB/T 2260 code, 6 digits, where the country is CN; a CN place without it has no distance (E-G3, E-G4)."
          }
         ]
        }
       ]
      },
      {
       "name": "domicile",
       "type": [
        "null",
        "Place"
       ],
       "default": null,
       "doc": "Where the customer lives or has its seat (E-G0 to E-G4)."
      },
      {
       "name": "businessPlace",
       "type": [
        "null",
        "Place"
       ],
       "default": null,
       "doc": "Where the customer does business (E-G0 to E-G4)."
      },
      {
       "name": "branchRegion",
       "type": [
        "null",
        "string"
       ],
       "default": null,
       "tidemark": {
        "format": "region"
       },
       "doc": "Region of the branch that keeps the relationship, GB/T 2260, 6 digits (E-G4, O-3, O-8)."
      },
      {
       "name": "openingRegion",
       "type": [
        "null",
        "string"
       ],
       "default": null,
       "tidemark": {
        "format": "region"
       },
       "doc": "Region in which the account was opened, GB/T 2260, 6 digits (E-B2.2)."
      },
      {
       "name": "ownershipLayers",
       "type": [
        "null",
        "int"
       ],
       "default": null,
       "tidemark": {
        "min": 1
       },
       "doc": "Number of layers of ownership, 1 or more (E-C5)."
      },
      {
       "name": "nomineeShareholder",
       "type": [
        "null",
        "boolean"
       ],
       "default": null,
       "doc": "Whether a shareholder holds for somebody else (E-C5)."
      },
      {
       "name": "foreignHolding",
       "type": [
        "null",
        "boolean"
       ],
       "default": null,
       "doc": "Whether a foreign holding company stands in the chain of ownership (E-C5)."
      },
      {
       "name": "boStatus",
       "type": [
        "null",
        {
         "type": "enum",
         "name": "BoStatus",
         "symbols": [
          "verified",
          "declared",
          "unknown"
         ]
        }
       ],
       "default": null,
       "doc": "What is known of the beneficial owner: verified, declared, or unknown, which is not the same as absent (E-C5, X-H6, M-S1)."
      },
      {
       "name": "industry",
       "type": [
        "null",
        "string"
       ],
       "default": null,
       "tidemark": {
        "format": "industry"
       },
       "doc": "GB/T 4754-2017: section letter A-T and 2 to 4 digits (I-1, I-3, E-B1)."
      },
      {
       "name": "gaming",
       "type": [
        "null",
        "boolean"
       ],
       "default": null,
       "doc": "Whether the business is gaming (I-1, I-3)."
      },
      {
       "name": "occupation",
       "type": [
        "null",
        {
         "type": "enum",
         "name": "Occupation",
         "symbols": [
          "employee",
          "owner",
          "student",
          "retired",
          "homemaker",
          "freelance",
          "unemployed",
          "undisclosed"
         ]
        }
       ],
       "default": null,
       "doc": "Occupation of a natural person (I-1, I-3)."
      },
      {
       "name": "pepStatus",
       "type": [
        "null",
        {
         "type": "enum",
         "name": "PepStatus",
         "symbols": [
          "none",
          "foreign_pep",
          "relative",
          "associate",
          "domestic_pep"
         ]
        }
       ],
       "default": null,
       "doc": "Politically exposed person: none (screened), foreign_pep, its relative or close associate, domestic_pep (I-2, X-H2, X-H3)."
      },
      {
       "name": "leftOffice",
       "type": [
        "null",
        {
         "type": "int",
         "logicalType": "date"
        }
       ],
       "default": null,
       "doc": "Day on which the office ended, days since 1970-01-01 (I-2, X-H2)."
      },
      {
       "name": "lastScreened",
       "type": [
        "null",
        {
         "type": "long",
         "logicalType": "timestamp-millis"
        }
       ],
       "default": null,
       "doc": "When the customer was last screened against media and notices, UTC milliseconds (E-C6)."
      },
      {
       "name": "cdd",
       "type": [
        "null",
        {
         "type": "enum",
         "name": "CddStatus",
         "symbols": [
          "cooperative",
          "delayed",
          "refused"
         ]
        }
       ],
       "default": null,
       "doc": "How the customer takes part in due diligence; the risk event cdd_changed writes the same register (X-L6, X-H5)."
      },
      {
       "name": "agentKind",
       "type": [
        "null",
        {
         "type": "enum",
         "name": "AgentKind",
         "symbols": [
          "none",
          "relative",
          "guardian",
          "professional",
          "unrelated",
          "nonprofessional_intermediary"
         ]
        }
       ],
       "default": null,
       "doc": "Who acts for the customer; none = nobody (E-B4, X-L5)."
      },
      {
       "name": "kinship",
       "type": [
        "null",
        "boolean"
       ],
       "default": null,
       "doc": "true: the agent's kinship is proven (E-B4, X-L5)."
      },
      {
       "name": "phone",
       "type": [
        "null",
        "string"
       ],
       "default": null,
       "doc": "Current phone number, E.164 (E-B4.4)."
      },
      {
       "name": "emergencyContact",
       "type": [
        "null",
        "string"
       ],
       "default": null,
       "doc": "Party id of the emergency contact (E-B4.4)."
      },
      {
       "name": "staffCount",
       "type": [
        "null",
        "int"
       ],
       "default": null,
       "tidemark": {
        "min": 0
       },
       "doc": "Number of staff, 0 or more (E-B5.4)."
      },
      {
       "name": "expectedBusiness",
       "type": [
        "null",
        {
         "type": "array",
         "items": "string"
        }
       ],
       "default": null,
       "doc": "Product codes that the customer means to use; an empty list counts as stated (E-B6, X-L2, E-B5)."
      },
      {
       "name": "usedBusiness",
       "type": [
        "null",
        {
         "type": "array",
         "items": "string"
        }
       ],
       "default": null,
       "doc": "Product codes that the customer has used; an empty list counts as stated (E-B6, X-L2, E-B5)."
      },
      {
       "name": "netFinancialAssets",
       "type": [
        "null",
        "long"
       ],
       "default": null,
       "tidemark": {
        "format": "fen",
        "min": 0,
        "max": 1000000000000000
       },
       "doc": "Net financial assets with the institution, fen (CNY 0.01), 0 to 10^15; absent = unknown (X-L1)."
      },
      {
       "name": "annualPremium",
       "default": null,
       "doc": "Life premium per year, 0 to 10^15 minor units (X-L1).",
       "type": [
        "null",
        {
         "type": "record",
         "name": "Money",
         "doc": "An amount in minor units of its currency.",
         "fields": [
          {
           "name": "amount",
           "type": "long",
           "tidemark": {
            "min": 0,
            "max": 1000000000000000
           },
           "doc": "Minor units of the currency (fen, cent, yen), 0 to 10^15."
          },
          {
           "name": "currency",
           "type": "string",
           "tidemark": {
            "format": "currency"
           },
           "doc": "ISO 4217 code."
          }
         ]
        }
       ]
      },
      {
       "name": "singlePremium",
       "type": [
        "null",
        "Money"
       ],
       "default": null,
       "doc": "Single premium (趸交保费), 0 to 10^15 minor units (X-L1)."
      },
      {
       "name": "premiumCash",
       "type": [
        "null",
        "boolean"
       ],
       "default": null,
       "doc": "Whether the single premium was paid in cash: the limit of the annual premium holds then (X-L1)."
      },
      {
       "name": "relationshipStart",
       "type": [
        "null",
        {
         "type": "long",
         "logicalType": "timestamp-millis"
        }
       ],
       "default": null,
       "doc": "When the relationship began, UTC milliseconds (E-1, T-1, X-H6)."
      },
      {
       "name": "firstRatedAt",
       "type": [
        "null",
        {
         "type": "long",
         "logicalType": "timestamp-millis"
        }
       ],
       "default": null,
       "doc": "When the customer was first rated, also by another system, UTC milliseconds (T-3)."
      },
      {
       "name": "decidedAt",
       "type": [
        "null",
        {
         "type": "long",
         "logicalType": "timestamp-millis"
        }
       ],
       "default": null,
       "doc": "When the grade in force was decided, also by another system, UTC milliseconds (T-2)."
      },
      {
       "name": "purposeSource",
       "type": [
        "null",
        {
         "type": "enum",
         "name": "PurposeSource",
         "symbols": [
          "proven",
          "inferred"
         ]
        }
       ],
       "default": null,
       "doc": "Whether the purpose of the relationship is proven or inferred by staff (M-S4)."
      },
      {
       "name": "parties",
       "default": null,
       "doc": "All related parties, one register that is replaced whole (E-G0, E-C5, I-2, X-H2, X-H3, E-B2.6, E-B4).",
       "type": [
        "null",
        {
         "type": "array",
         "items": {
          "type": "record",
          "name": "Party",
          "doc": "A person or firm that stands behind, beside or for the customer.",
          "fields": [
           {
            "name": "partyId",
            "type": "string",
            "tidemark": {
             "minLength": 1
            },
            "doc": "The party's id; the same person keeps the same id."
           },
           {
            "name": "role",
            "type": {
             "type": "enum",
             "name": "PartyRole",
             "symbols": [
              "beneficial_owner",
              "controller",
              "shareholder",
              "nominee_shareholder",
              "legal_representative",
              "relative",
              "close_associate",
              "agent",
              "intermediary",
              "operator",
              "emergency_contact",
              "affiliate",
              "counterparty",
              "overseas_fi",
              "policyholder",
              "insured",
              "survival_beneficiary",
              "delegate"
             ]
            },
            "doc": "What the party is to the customer: owners and controllers E-G0, X-H3; shareholders E-C5; relatives and close associates I-2, X-H2; agents and intermediaries E-B4, X-L5; operator E-B2.1; emergency contact E-B4.4; affiliate E-B2.6; counterparty and overseas_fi M-E9; insurance roles E-B5.4; delegate O-9; legal_representative T-4."
           },
           {
            "name": "nationality",
            "type": [
             "null",
             {
              "type": "array",
              "items": "string"
             }
            ],
            "default": null,
            "tidemark": {
             "format": "country"
            },
            "doc": "Every nationality held, ISO 3166-1 alpha-2 (E-G0)."
           },
           {
            "name": "registration",
            "type": [
             "null",
             "Place"
            ],
            "default": null,
            "doc": "Where the party is registered (E-G0, E-G4)."
           },
           {
            "name": "domicile",
            "type": [
             "null",
             "Place"
            ],
            "default": null,
            "doc": "Where the party lives or has its seat (E-G0, E-G4)."
           },
           {
            "name": "businessPlace",
            "type": [
             "null",
             "Place"
            ],
            "default": null,
            "doc": "Where the party does business (E-G0, E-G4)."
           },
           {
            "name": "pepStatus",
            "type": [
             "null",
             "PepStatus"
            ],
            "default": null,
            "doc": "As the customer's own (I-2, X-H2, X-H3)."
           },
           {
            "name": "leftOffice",
            "type": [
             "null",
             {
              "type": "int",
              "logicalType": "date"
             }
            ],
            "default": null,
            "doc": "Day on which the party's office ended, days since 1970-01-01 (I-2, X-H2)."
           },
           {
            "name": "controlListed",
            "type": [
             "null",
             "boolean"
            ],
            "default": null,
            "doc": "Whether the party is on a control list (X-H1, X-H3)."
           }
          ]
         }
        }
       ]
      },
      {
       "name": "extra",
       "type": [
        "null",
        {
         "type": "map",
         "values": [
          "boolean",
          "long",
          "string"
         ]
        }
       ],
       "default": null,
       "tidemark": {
        "names": "attribute"
       },
       "doc": "Attributes that a methodology declares itself: camelCase name to boolean, integer or string (E-1, X-H6)."
      }
     ]
    }
   ]
  },
  {
   "name": "clear",
   "type": [
    "null",
    {
     "type": "array",
     "items": "string"
    }
   ],
   "default": null,
   "tidemark": {
    "names": "cleared"
   },
   "doc": "Names of attributes that are not known any more, extra.NAME for one of extra: an explicit 'not known', other than an attribute left out. A name both here and in set is refused."
  },
  {
   "name": "provenance",
   "default": null,
   "tidemark": {
    "names": "attribute-or-extra"
   },
   "doc": "Where attributes come from, by attribute name; without effect on scores in the default methodology (S-1, S-2, S-8).",
   "type": [
    "null",
    {
     "type": "map",
     "values": {
      "type": "record",
      "name": "Provenance",
      "doc": "Where one attribute comes from and how good it is.",
      "fields": [
       {
        "name": "source",
        "type": [
         "null",
         "int"
        ],
        "default": null,
        "tidemark": {
         "min": 1,
         "max": 6
        },
        "doc": "1 customer's statement, 2 notes of managers or counter staff, 3 stored transactions, 4 commissioned due diligence, 5 commercial database, 6 internet and public sources (S-1)."
       },
       {
        "name": "asOf",
        "type": [
         "null",
         {
          "type": "long",
          "logicalType": "timestamp-millis"
         }
        ],
        "default": null,
        "doc": "When the source said so, UTC milliseconds (S-1)."
       },
       {
        "name": "verified",
        "type": [
         "null",
         "boolean"
        ],
        "default": null,
        "doc": "Whether somebody has checked it (S-1)."
       },
       {
        "name": "estimated",
        "type": [
         "null",
         "boolean"
        ],
        "default": null,
        "doc": "Whether it is an estimate (S-2)."
       },
       {
        "name": "doubtful",
        "type": [
         "null",
         "boolean"
        ],
        "default": null,
        "doc": "Whether there are doubts about it (S-8)."
       }
      ]
     }
    }
   ]
  }
 ]
};

export const RATING_SCHEMA: RecordSchema = {
 "type": "record",
 "name": "Rating",
 "namespace": "io.tidemark.v1",
 "doc": "A customer's whole rating: every sub-item with its evidence, the total, the grade and why, so that anyone can calculate it again by hand (S-3, S-8, W-6, W-7, W-8). As published it is that of the open facts: what a methodology calls confidential counts in grade, measures and review date alone, and is told in the topic restricted. Published when grade, status, basis, methodology or review date change.",
 "tidemark": {
  "output": "rating"
 },
 "fields": [
  {
   "name": "institution",
   "type": "string",
   "tidemark": {
    "format": "institution"
   },
   "doc": "The institution whose customer this is: 1 to 64 of A-Z a-z 0-9 . _ - (P-3)."
  },
  {
   "name": "customer",
   "type": "string",
   "tidemark": {
    "minLength": 1
   },
   "doc": "The customer's id within the institution (P-3)."
  },
  {
   "name": "asOf",
   "type": {
    "type": "long",
    "logicalType": "timestamp-millis"
   },
   "doc": "The time for which the rating holds, UTC milliseconds."
  },
  {
   "name": "methodology",
   "doc": "The methodology that was applied (P-5, W).",
   "type": {
    "type": "record",
    "name": "MethodologyRef",
    "doc": "One version of one methodology document.",
    "fields": [
     {
      "name": "id",
      "type": "string",
      "doc": "The document's id."
     },
     {
      "name": "version",
      "type": "string",
      "doc": "Its version."
     }
    ]
   }
  },
  {
   "name": "sequence",
   "type": "long",
   "tidemark": {
    "min": 0
   },
   "doc": "Sequence of the customer's latest grade change; 0 before the first."
  },
  {
   "name": "score",
   "type": "string",
   "doc": "R = S / m, the shortest exact decimal with at least one decimal (26.0); where it does not end, rounded half-up to 6 places. 100/m to 100 (W-7)."
  },
  {
   "name": "total",
   "doc": "The exact score as a fraction: sum / levels (W-7).",
   "type": {
    "type": "record",
    "name": "Total",
    "doc": "The exact total.",
    "fields": [
     {
      "name": "sum",
      "type": "string",
      "doc": "S, the sum of score * weight over all items, an exact decimal (111, 182.5) (W-7)."
     },
     {
      "name": "levels",
      "type": "int",
      "tidemark": {
       "min": 3
      },
      "doc": "m, the number of risk levels, 3 or more (W-7, W-9)."
     }
    ]
   }
  },
  {
   "name": "gradeByScore",
   "type": "int",
   "tidemark": {
    "min": 1
   },
   "doc": "Grade from the bands alone, 1 (lowest risk) to m (W-8)."
  },
  {
   "name": "calculatedGrade",
   "type": "int",
   "tidemark": {
    "min": 1
   },
   "doc": "Grade after the direct rules, 1 to m (X-P)."
  },
  {
   "name": "grade",
   "type": "int",
   "tidemark": {
    "min": 1
   },
   "doc": "The effective grade, 1 to m."
  },
  {
   "name": "basis",
   "type": "string",
   "tidemark": {
    "allowed": [
     "scored",
     "direct-highest",
     "direct-lowest",
     "override",
     "restricted"
    ]
   },
   "doc": "Why the effective grade is what it is: scored, direct-highest (X-H0), direct-lowest (X-L0), override; restricted where the open facts alone would give another grade."
  },
  {
   "name": "rule",
   "type": [
    "null",
    "string"
   ],
   "doc": "The direct rule that decided, the first that holds in the methodology's order (X-H1 to X-H6, X-L0 for direct low); null where none did (X-P); restricted where the open facts alone would give another grade."
  },
  {
   "name": "directRules",
   "type": {
    "type": "array",
    "items": "string"
   },
   "doc": "Every direct rule that holds (X-H1 to X-H6, X-L0)."
  },
  {
   "name": "status",
   "type": "string",
   "tidemark": {
    "allowed": [
     "preliminary",
     "final"
    ]
   },
   "doc": "preliminary until a person has confirmed it, then final (S-8, S-10)."
  },
  {
   "name": "marks",
   "type": {
    "type": "array",
    "items": "string"
   },
   "doc": "unconfirmed-default: the weights are a default that nobody confirmed (W-5); others as the methodology declares them: identity-only, rated in the first 90 days; by-reference, an institution that follows the guideline without being bound by it (P-10). Sorted."
  },
  {
   "name": "items",
   "doc": "Every sub-item that has a weight in the customer's segment, in the methodology's order (E-0, W-6).",
   "type": {
    "type": "array",
    "items": {
     "type": "record",
     "name": "RatingItem",
     "doc": "How one sub-item was scored.",
     "fields": [
      {
       "name": "id",
       "type": "string",
       "doc": "Id of the sub-item, C1 to I3 in the default methodology."
      },
      {
       "name": "score",
       "type": "int",
       "tidemark": {
        "min": 1
       },
       "doc": "a, 1 (lowest risk) to m (W-6)."
      },
      {
       "name": "weight",
       "type": "string",
       "doc": "p, a decimal; the weights of a segment total 100 (W-2)."
      },
      {
       "name": "contribution",
       "type": "string",
       "doc": "a * p / m, a decimal written like score (W-7)."
      },
      {
       "name": "value",
       "type": [
        "null",
        "string"
       ],
       "doc": "The value that was scored, as text; null where it is missing."
      },
      {
       "name": "missing",
       "type": "boolean",
       "doc": "Whether something required was absent, so that the missing score took part (S-6)."
      },
      {
       "name": "estimated",
       "type": "boolean",
       "doc": "Whether an estimate took part (S-2)."
      },
      {
       "name": "evidence",
       "doc": "The facts that the score rests on.",
       "type": {
        "type": "array",
        "items": {
         "type": "record",
         "name": "Evidence",
         "doc": "One fact.",
         "fields": [
          {
           "name": "name",
           "type": "string",
           "doc": "Name of the attribute, feature or pattern."
          },
          {
           "name": "value",
           "type": "string",
           "doc": "Its value, as text."
          }
         ]
        }
       }
      },
      {
       "name": "rules",
       "type": {
        "type": "array",
        "items": "string"
       },
       "doc": "Ids of the rules that the sub-item serves (E-C1 to I-3)."
      }
     ]
    }
   }
  },
  {
   "name": "measures",
   "type": {
    "type": "array",
    "items": "string"
   },
   "doc": "Codes of the measures that follow from the grade, M-E1 to M-E9 and M-S1 to M-S4 in the default methodology (M-0, M-E0, M-S0)."
  },
  {
   "name": "reviewDueOn",
   "type": [
    "null",
    {
     "type": "int",
     "logicalType": "date"
    }
   ],
   "doc": "Last day for the next review, days since 1970-01-01; null where none is known (T-2, T-3)."
  }
 ]
};

export const REFERENCE_LIST_PART_SCHEMA: RecordSchema = {
 "type": "record",
 "name": "ReferenceListPart",
 "namespace": "io.tidemark.v1",
 "doc": "A version of a reference list (countries, industries, products ...) that replaces the list of this name in the methodology document in force (E-G1, E-B6, O-4). A large list comes in several records and takes effect with the last of them. Immutable like a methodology.",
 "tidemark": {
  "output": "reference-list"
 },
 "fields": [
  {
   "name": "name",
   "type": "string",
   "tidemark": {
    "minLength": 1
   },
   "doc": "Name of the list in the document (countryRisk). Without effect until the document in force has a list of that name."
  },
  {
   "name": "version",
   "type": "string",
   "tidemark": {
    "minLength": 1
   },
   "doc": "Version of the list's content, free text (2026-03)."
  },
  {
   "name": "validFrom",
   "type": {
    "type": "long",
    "logicalType": "timestamp-millis"
   },
   "doc": "From when it is in force, UTC milliseconds; in the past: from when its last part is read. Of several whose time has come the one with the latest is in force, of equal ones the one that was complete last. The same in every part."
  },
  {
   "name": "part",
   "type": "int",
   "tidemark": {
    "min": 1
   },
   "doc": "Number of this part, from 1."
  },
  {
   "name": "parts",
   "type": "int",
   "tidemark": {
    "min": 1,
    "max": 10000
   },
   "doc": "Number of parts; they may come in any order. The same in every part."
  },
  {
   "name": "rows",
   "type": "string",
   "tidemark": {
    "minLength": 2
   },
   "doc": "The rows of this part as JSON text: an object of rows by key, or a list of keys, as in the document. No key occurs in two parts."
  },
  {
   "name": "default",
   "type": [
    "null",
    "string"
   ],
   "default": null,
   "doc": "The row for keys that are not listed, as JSON text; null where there is none. The same in every part."
  }
 ]
};

export const RESTRICTED_SCHEMA: RecordSchema = {
 "type": "record",
 "name": "Restricted",
 "namespace": "io.tidemark.v1",
 "doc": "A grade change, rating or review task in full, where its open form leaves something out: what a methodology calls confidential. For those alone who may know of it; never to be shown to the customer (P-6).",
 "tidemark": {
  "output": "restricted"
 },
 "fields": [
  {
   "name": "institution",
   "type": "string",
   "tidemark": {
    "format": "institution"
   },
   "doc": "The institution whose customer this is: 1 to 64 of A-Z a-z 0-9 . _ - (P-3)."
  },
  {
   "name": "customer",
   "type": "string",
   "tidemark": {
    "minLength": 1
   },
   "doc": "The customer's id within the institution (P-3)."
  },
  {
   "name": "kind",
   "type": "string",
   "tidemark": {
    "allowed": [
     "grade-change",
     "rating",
     "review-task"
    ]
   },
   "doc": "What is told in full."
  },
  {
   "name": "sequence",
   "type": "long",
   "tidemark": {
    "min": 0
   },
   "doc": "Sequence of the customer's latest grade change; 0 before the first."
  },
  {
   "name": "occurredAt",
   "type": {
    "type": "long",
    "logicalType": "timestamp-millis"
   },
   "doc": "On the clock of the rating, UTC milliseconds."
  },
  {
   "name": "openHash",
   "type": [
    "null",
    "string"
   ],
   "doc": "SHA-256 in hex of the RFC 8785 JSON of the open record that was published with it, of a grade change its hash; null where nothing was published openly."
  },
  {
   "name": "content",
   "type": "string",
   "doc": "The full record as JSON, in the form of its kind. Sequence, grade, hash and previousHash of a grade change are those of the open one."
  }
 ]
};

export const REVIEW_TASK_SCHEMA: RecordSchema = {
 "type": "record",
 "name": "ReviewTask",
 "namespace": "io.tidemark.v1",
 "doc": "Something that a person has to do about a customer's rating, or has no longer to do (S-6, S-8, T-2, T-3).",
 "tidemark": {
  "output": "review-task"
 },
 "fields": [
  {
   "name": "id",
   "type": "string",
   "doc": "Identifies the task; open and close carry the same."
  },
  {
   "name": "institution",
   "type": "string",
   "tidemark": {
    "format": "institution"
   },
   "doc": "The institution whose customer this is: 1 to 64 of A-Z a-z 0-9 . _ - (P-3)."
  },
  {
   "name": "customer",
   "type": "string",
   "tidemark": {
    "minLength": 1
   },
   "doc": "The customer's id within the institution (P-3)."
  },
  {
   "name": "kind",
   "type": "string",
   "doc": "What to do, a name from the methodology (collect-birth-date)."
  },
  {
   "name": "item",
   "type": [
    "null",
    "string"
   ],
   "doc": "The sub-item concerned; null where the task is about the whole rating."
  },
  {
   "name": "action",
   "type": "string",
   "tidemark": {
    "allowed": [
     "open",
     "close"
    ]
   },
   "doc": "open or close."
  },
  {
   "name": "occurredAt",
   "type": {
    "type": "long",
    "logicalType": "timestamp-millis"
   },
   "doc": "When it was opened or closed, UTC milliseconds."
  },
  {
   "name": "reason",
   "type": "string",
   "doc": "Why, a sentence."
  }
 ]
};

export const RISK_EVENT_SCHEMA: RecordSchema = {
 "type": "record",
 "name": "RiskEvent",
 "namespace": "io.tidemark.v1",
 "doc": "Something that happened around a customer and may change its risk. The kind decides which of the optional fields belong to it: one that does not is refused unless null.",
 "tidemark": {
  "input": "risk-event",
  "kinds": {
   "identity_changed": {},
   "party_changed": {},
   "account_opened": {
    "required": [
     "accountId"
    ],
    "optional": [
     "agentId"
    ]
   },
   "account_closed": {
    "required": [
     "accountId"
    ],
    "optional": [
     "agentId"
    ]
   },
   "str_filed": {
    "required": [
     "strId",
     "role"
    ],
    "optional": [
     "agentId"
    ]
   },
   "large_value_report": {},
   "alert_closed": {
    "required": [
     "outcome"
    ]
   },
   "cross_border_alert": {},
   "exchange_alert": {},
   "futures_alert": {
    "required": [
     "alertType"
    ]
   },
   "policy_event": {
    "required": [
     "action"
    ]
   },
   "regulator_notice": {},
   "law_enforcement_notice": {},
   "exchange_notice": {},
   "penalty": {},
   "criminal_record": {},
   "adverse_media": {
    "required": [
     "medium",
     "important"
    ]
   },
   "judicial_inquiry": {
    "required": [
     "measure"
    ]
   },
   "control_list_hit": {
    "required": [
     "entryId"
    ]
   },
   "control_list_cleared": {
    "required": [
     "entryId"
    ]
   },
   "pep_confirmed": {},
   "pep_cleared": {},
   "cdd_changed": {
    "required": [
     "cdd"
    ]
   },
   "staff_note": {},
   "review_done": {}
  }
 },
 "fields": [
  {
   "name": "id",
   "type": "string",
   "tidemark": {
    "minLength": 1
   },
   "doc": "Identifies the record within (institution, customer). A second record of the same identity is a duplicate; with other content it is refused."
  },
  {
   "name": "institution",
   "type": "string",
   "tidemark": {
    "format": "institution"
   },
   "doc": "The institution whose customer this is: 1 to 64 of A-Z a-z 0-9 . _ - (P-3)."
  },
  {
   "name": "customer",
   "type": "string",
   "tidemark": {
    "minLength": 1
   },
   "doc": "The customer's id within the institution; one grade per institution and customer (P-3)."
  },
  {
   "name": "occurredAt",
   "type": {
    "type": "long",
    "logicalType": "timestamp-millis"
   },
   "doc": "When it happened, UTC milliseconds. Windows and ages count from it; what lies after as-of never counts."
  },
  {
   "name": "source",
   "type": [
    "null",
    "string"
   ],
   "default": null,
   "doc": "The system that says so, free text; without effect on scores (S-1)."
  },
  {
   "name": "kind",
   "doc": "What happened: identity_changed, party_changed (T-4); account_opened, account_closed (E-B4.3, E-B5.1); str_filed (E-C4, X-L4, X-H4, E-B4.2); large_value_report, alert_closed (E-C4, M-S3); cross_border_alert (E-B3); exchange_alert (E-B5.2), futures_alert (E-B5.3), policy_event (E-B5.4); regulator_notice, law_enforcement_notice, exchange_notice, penalty, criminal_record, adverse_media (E-C6); judicial_inquiry (T-4, X-H6); control_list_hit, control_list_cleared (X-H1); pep_confirmed, pep_cleared (X-H2); cdd_changed (X-L6, X-H5); staff_note (P-8); review_done (T-2, T-3).",
   "type": {
    "type": "enum",
    "name": "RiskEventKind",
    "symbols": [
     "identity_changed",
     "party_changed",
     "account_opened",
     "account_closed",
     "str_filed",
     "large_value_report",
     "alert_closed",
     "cross_border_alert",
     "exchange_alert",
     "futures_alert",
     "policy_event",
     "regulator_notice",
     "law_enforcement_notice",
     "exchange_notice",
     "penalty",
     "criminal_record",
     "adverse_media",
     "judicial_inquiry",
     "control_list_hit",
     "control_list_cleared",
     "pep_confirmed",
     "pep_cleared",
     "cdd_changed",
     "staff_note",
     "review_done"
    ]
   },
   "tidemark": {
    "global": [
     "list_changed",
     "product_risk_changed",
     "methodology_published",
     "coefficient_changed"
    ]
   }
  },
  {
   "name": "strId",
   "type": [
    "null",
    "string"
   ],
   "default": null,
   "tidemark": {
    "minLength": 1
   },
   "doc": "str_filed: the suspicious transaction report; two records with one strId are one report, the earliest (E-C4, X-H4, S-4)."
  },
  {
   "name": "role",
   "type": [
    "null",
    "string"
   ],
   "default": null,
   "doc": "str_filed: the customer's role in the report, free string; any role counts (X-L4)."
  },
  {
   "name": "agentId",
   "type": [
    "null",
    "string"
   ],
   "default": null,
   "doc": "str_filed, account_opened, account_closed: party id of the agent who acted (E-B4.1, E-B4.2, E-B4.3)."
  },
  {
   "name": "outcome",
   "type": [
    "null",
    {
     "type": "enum",
     "name": "AlertOutcome",
     "symbols": [
      "reported",
      "not_reported"
     ]
    }
   ],
   "default": null,
   "doc": "alert_closed: whether a report followed (E-C4, M-S3)."
  },
  {
   "name": "accountId",
   "type": [
    "null",
    "string"
   ],
   "default": null,
   "tidemark": {
    "minLength": 1
   },
   "doc": "account_opened, account_closed: the account (E-B4.3, E-B5.1)."
  },
  {
   "name": "medium",
   "type": [
    "null",
    {
     "type": "enum",
     "name": "Medium",
     "symbols": [
      "authoritative",
      "general"
     ]
    }
   ],
   "default": null,
   "doc": "adverse_media: standing of the medium (E-C6)."
  },
  {
   "name": "important",
   "type": [
    "null",
    "boolean"
   ],
   "default": null,
   "doc": "adverse_media: whether the report is important; authoritative but not important counts as general (E-C6)."
  },
  {
   "name": "measure",
   "type": [
    "null",
    {
     "type": "enum",
     "name": "JudicialMeasure",
     "symbols": [
      "inquiry",
      "freeze"
     ]
    }
   ],
   "default": null,
   "doc": "judicial_inquiry: inquiry, or freeze, which has no end (T-4, X-H6)."
  },
  {
   "name": "entryId",
   "type": [
    "null",
    "string"
   ],
   "default": null,
   "tidemark": {
    "minLength": 1
   },
   "doc": "control_list_hit, control_list_cleared: the list entry; hits are kept by entry (X-H1)."
  },
  {
   "name": "cdd",
   "type": [
    "null",
    {
     "type": "enum",
     "name": "CddStatus",
     "symbols": [
      "cooperative",
      "delayed",
      "refused"
     ]
    }
   ],
   "default": null,
   "doc": "cdd_changed: the new value of the profile register cdd (X-L6, X-H5)."
  },
  {
   "name": "alertType",
   "type": [
    "null",
    {
     "type": "enum",
     "name": "FuturesAlertType",
     "symbols": [
      "stolen_code",
      "position_breach",
      "self_match",
      "pre_arranged"
     ]
    }
   ],
   "default": null,
   "doc": "futures_alert: stolen trading code (盗码), breach of a position limit, self-matched (对倒), pre-arranged (对敲) (E-B5.3)."
  },
  {
   "name": "action",
   "type": [
    "null",
    {
     "type": "enum",
     "name": "PolicyAction",
     "symbols": [
      "issue",
      "surrender",
      "servicing",
      "loan",
      "beneficiary_change",
      "top_up",
      "group_issue"
     ]
    }
   ],
   "default": null,
   "doc": "policy_event: what was done with the policy (E-B5.4)."
  }
 ]
};

export const TRANSACTION_SCHEMA: RecordSchema = {
 "type": "record",
 "name": "Transaction",
 "namespace": "io.tidemark.v1",
 "doc": "One posting as seen from one customer; a transfer between two customers is two records. A reversal repeats the booked record's fields with an id of its own and status reversed, and takes the booked record from its day, whichever arrives first (E-B1 to E-B6, E-G0).",
 "tidemark": {
  "input": "transaction"
 },
 "fields": [
  {
   "name": "id",
   "type": "string",
   "tidemark": {
    "minLength": 1
   },
   "doc": "Identifies the record within (institution, customer). A second record of the same identity is a duplicate; with other content it is refused."
  },
  {
   "name": "institution",
   "type": "string",
   "tidemark": {
    "format": "institution"
   },
   "doc": "The institution whose customer this is: 1 to 64 of A-Z a-z 0-9 . _ - (P-3)."
  },
  {
   "name": "customer",
   "type": "string",
   "tidemark": {
    "minLength": 1
   },
   "doc": "The customer's id within the institution; one grade per institution and customer (P-3)."
  },
  {
   "name": "occurredAt",
   "type": {
    "type": "long",
    "logicalType": "timestamp-millis"
   },
   "doc": "When it happened, UTC milliseconds. Windows and ages count from it; what lies after as-of never counts."
  },
  {
   "name": "source",
   "type": [
    "null",
    "string"
   ],
   "default": null,
   "doc": "The system that says so, free text; without effect on scores (S-1)."
  },
  {
   "name": "txId",
   "type": "string",
   "tidemark": {
    "minLength": 1
   },
   "doc": "The posting's id: a booked record and its reversal share it. Records with one txId, accountId and direction are one posting, booked once and reversed at most once; one with other fields than the posting that is known is refused, whichever comes second (M-E7)."
  },
  {
   "name": "bookedAt",
   "type": [
    "null",
    {
     "type": "long",
     "logicalType": "timestamp-millis"
    }
   ],
   "default": null,
   "doc": "When it was booked, UTC milliseconds; windows go by occurredAt."
  },
  {
   "name": "accountId",
   "type": [
    "null",
    "string"
   ],
   "default": null,
   "doc": "The customer's account, free string."
  },
  {
   "name": "kind",
   "type": {
    "type": "enum",
    "name": "TransactionKind",
    "symbols": [
     "cash",
     "transfer",
     "remittance",
     "trade",
     "policy",
     "trust"
    ]
   },
   "doc": "cash (E-B1), transfer and remittance (E-B2.5, E-B5.1), trade (E-B5.2, E-B5.3), policy (E-B5.4), trust (E-B5.5)."
  },
  {
   "name": "direction",
   "type": {
    "type": "enum",
    "name": "Direction",
    "symbols": [
     "in",
     "out"
    ]
   },
   "doc": "in: to the customer, out: from the customer (E-B1)."
  },
  {
   "name": "amount",
   "type": "long",
   "tidemark": {
    "min": 0,
    "max": 1000000000000000
   },
   "doc": "Minor units of currency, 0 to 10^15."
  },
  {
   "name": "currency",
   "type": "string",
   "tidemark": {
    "format": "currency"
   },
   "doc": "ISO 4217 code of amount."
  },
  {
   "name": "amountCny",
   "type": "long",
   "tidemark": {
    "format": "fen",
    "min": 0,
    "max": 1000000000000000
   },
   "doc": "The amount in fen (CNY 0.01) at the booking date's rate, half-up, 0 to 10^15 (E-B1, E-B2.4, E-B2.5, E-B2.6, E-B5.1)."
  },
  {
   "name": "status",
   "type": {
    "type": "enum",
    "name": "TransactionStatus",
    "symbols": [
     "booked",
     "reversed"
    ]
   },
   "doc": "booked, or reversed: a reversed transaction counts no more from the reversal on."
  },
  {
   "name": "channel",
   "type": [
    "null",
    {
     "type": "enum",
     "name": "TransactionChannel",
     "symbols": [
      "counter",
      "atm",
      "online",
      "phone"
     ]
    }
   ],
   "default": null,
   "doc": "Where it was ordered; only online counts as online (E-B2)."
  },
  {
   "name": "ip",
   "type": [
    "null",
    "string"
   ],
   "default": null,
   "doc": "Address from which it was ordered (E-B2.2, E-B2.3)."
  },
  {
   "name": "ipRegion",
   "type": [
    "null",
    "string"
   ],
   "default": null,
   "tidemark": {
    "format": "region-or-country"
   },
   "doc": "Where that address is: a GB/T 2260 region of 6 digits, or a country of ISO 3166-1 alpha-2 (E-B2.2)."
  },
  {
   "name": "operatorId",
   "type": [
    "null",
    "string"
   ],
   "default": null,
   "doc": "Who operated the account, free string (E-B2.1)."
  },
  {
   "name": "deviceId",
   "type": [
    "null",
    "string"
   ],
   "default": null,
   "doc": "The device used, free string (E-B2.1)."
  },
  {
   "name": "agentId",
   "type": [
    "null",
    "string"
   ],
   "default": null,
   "doc": "Party id of the agent who acted (E-B4)."
  },
  {
   "name": "counterpartyId",
   "type": [
    "null",
    "string"
   ],
   "default": null,
   "doc": "The other side's id, free string (E-B2.6)."
  },
  {
   "name": "counterpartyKind",
   "type": [
    "null",
    {
     "type": "enum",
     "name": "CustomerKind",
     "symbols": [
      "natural",
      "entity",
      "sole_trader"
     ]
    }
   ],
   "default": null,
   "doc": "What the other side is; a sole trader counts as a company (E-B2.5, E-B5.1, M-S3)."
  },
  {
   "name": "counterpartyCountry",
   "type": [
    "null",
    "string"
   ],
   "default": null,
   "tidemark": {
    "format": "country"
   },
   "doc": "Country of the other side, ISO 3166-1 alpha-2 (E-G0, E-B3)."
  },
  {
   "name": "overseasFiCountry",
   "type": [
    "null",
    "string"
   ],
   "default": null,
   "tidemark": {
    "format": "country"
   },
   "doc": "Country of the overseas institution in the chain, ISO 3166-1 alpha-2 (E-G0, E-B3)."
  },
  {
   "name": "crossBorder",
   "type": [
    "null",
    "boolean"
   ],
   "default": null,
   "doc": "Whether it crossed the border; absent = false (E-B3, E-B5.1)."
  },
  {
   "name": "product",
   "type": [
    "null",
    "string"
   ],
   "default": null,
   "doc": "Product code, free string (E-B5, X-L2, X-L0, O-4)."
  }
 ]
};
