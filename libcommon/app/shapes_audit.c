/* What the audit log is made of, and what is told of it. */
#include "app/audit_verify.h"

SHAPE(audit_row, "An entry of the audit log with its link.",
    FIELD(audit_row, n,             "Its number in the queue.", .hidden = true),
    FIELD(audit_row, waited_s,      "Seconds in the queue.", .hidden = true),
    FIELD(audit_row, seq,           "Its place, from 1, without gaps."),
    FIELD(audit_row, id,            "Id of the entry.", .max = 36),
    FIELD(audit_row, ts,            "When, UTC.", .max = 40),
    FIELD(audit_row, user_id,       "Who.", .max = 36),
    FIELD(audit_row, action,        "What.", .max = 64),
    FIELD(audit_row, resource_type, "To what kind of thing.", .max = 32),
    FIELD(audit_row, resource_id,   "Which of them.", .max = 128),
    FIELD(audit_row, outcome,       "success, failure or denied.", .max = 16),
    FIELD(audit_row, details,       "More of it, as JSON.", .max = 2048),
    FIELD(audit_row, personal,      "Commitment to what it tells of a person.", .max = 64),
    FIELD(audit_row, key,           "Key of the seal."),
    FIELD(audit_row, seal,          "HMAC of who wrote it.", .max = 64),
    FIELD(audit_row, prev_hash,     "Hash of the link before.", .max = 64),
    FIELD(audit_row, hash,          "Hash of this link.", .max = 64),
    FIELD(audit_row, leaf,          "Leaf of the tree.", .max = 64),
    FIELD(audit_row, link_key,      "Key of the link."),
    FIELD(audit_row, salt,          "Salt of the commitment.", .max = 32),
    FIELD(audit_row, members,       "What it commits to.", .max = 2048),
    FIELD(audit_row, lost,          "What it commits to is gone and no entry says why.", .hidden = true));

SHAPE(audit_checkpoint, "How large the audit log was, and what bound it.",
    FIELD(audit_checkpoint, size,      "Entries it covers: all up to this sequence number.", .need = true, .min = 1, .max = INT64_MAX),
    FIELD(audit_checkpoint, root,      "Root of their tree (RFC 6962), hex.", .need = true, .min = 64, .max = 64),
    FIELD(audit_checkpoint, chain,     "Hash of the last of them, hex.", .need = true, .min = 64, .max = 64),
    FIELD(audit_checkpoint, at,        "When it was made, UTC.", .need = true, .min = 27, .max = 27),
    FIELD(audit_checkpoint, signer,    "Which key signed it: the first 4 bytes of a hash of it, hex. Absent: none.", .max = 8),
    FIELD(audit_checkpoint, signature, "Ed25519 over the text of the checkpoint, hex.", .max = 128));

SHAPE(audit_flaw, "Something wrong with the audit log.",
    FIELD(audit_flaw, seq,    "Where: the sequence number."),
    FIELD(audit_flaw, to_seq, "Up to which one."),
    FIELD(audit_flaw, kind,   "missing, order, entry, seal, hash, leaf, person, root, signature, node or pending.", .need = true),
    FIELD(audit_flaw, what,   "What is wrong.", .need = true));

SHAPE(audit_verdict, "What a look at the audit log has found.",
    FIELD(audit_verdict, valid,                "Nothing is wrong.", .need = true),
    FIELD(audit_verdict, complete,             "All that was asked for was looked at; else go on behind to_seq.", .need = true),
    FIELD(audit_verdict, checked,              "Entries looked at.", .need = true),
    FIELD(audit_verdict, from_seq,             "The first of them."),
    FIELD(audit_verdict, to_seq,               "The last of them."),
    FIELD(audit_verdict, first_bad_seq,        "Where the first flaw is; null: there is none."),
    FIELD(audit_verdict, pending,              "Entries that wait for their links."),
    FIELD(audit_verdict, pending_s,            "Seconds that the oldest of them has waited."),
    FIELD(audit_verdict, entries_gone,         "Links whose month of entries was taken away."),
    FIELD(audit_verdict, persons_gone,         "Entries of which what they told of a person was erased."),
    FIELD(audit_verdict, checkpoints,          "Checkpoints and lines of the witness that were met."),
    FIELD(audit_verdict, unsigned_checkpoints, "Those of them without a signature."),
    FIELD(audit_verdict, signatures,           "Whether signatures were checked."),
    FIELD(audit_verdict, flaws_found,          "How many flaws."),
    LIST(audit_verdict,  flaws,                "The first of them.", audit_flaw));

SHAPE(audit_proof, "That an entry is in the audit log as a checkpoint binds it.",
    FIELD(audit_proof, seq,        "The entry.", .need = true),
    FIELD(audit_proof, record,     "What was linked, byte for byte. Absent: its month was taken away.", .max = 16384),
    FIELD(audit_proof, hash,       "Hash of its link, hex.", .need = true, .max = 64),
    FIELD(audit_proof, leaf,       "SHA-256 of a zero byte, the record and the hash, hex.", .need = true, .max = 64),
    FIELD(audit_proof, leaf_index, "Place of the leaf, from 0.", .need = true),
    FIELD(audit_proof, tree_size,  "Size of the checkpoint.", .need = true, .min = 1, .max = INT64_MAX),
    FIELD(audit_proof, path,       "Hashes from the leaf to the root, hex (RFC 6962 2.1.1).", .max = 128),
    OBJECT(audit_proof, checkpoint, "What binds it.", audit_checkpoint));

SHAPE(audit_growth, "That the audit log only grew between two checkpoints.",
    OBJECT(audit_growth, from, "The older.", audit_checkpoint),
    OBJECT(audit_growth, to,   "The newer.", audit_checkpoint),
    FIELD(audit_growth, path,  "Hashes, hex (RFC 6962 2.1.2).", .max = 128));
