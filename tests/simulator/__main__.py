"""The providers of Palabre, played by one process over real sockets.

    /usr/bin/python3 tests/simulator [--port N] [--ledger FILE] [--quiet]

Prints `listening on 127.0.0.1:PORT`; port 0 lets the kernel choose. Stops on SIGTERM and SIGINT.

ENDPOINTS  (key: `Authorization: Bearer sk-test`; any other key is refused with 401)
    POST /v1/chat/completions           stream or not, usage, JSON and schema modes, tools
    POST /v1/audio/transcriptions       json, verbose_json, text, srt, vtt, stream; POST /inference is whisper.cpp's
    POST /v1/audio/speech               wav, pcm, mp3, opus, aac, flac: a tone as long as the text
    POST /v1/embeddings                 similar texts get similar vectors
    GET  /v1/models, /v1/models/ID, /health
    POST /v1/listen                     Deepgram (key: `Token sk-test`); the model is a parameter
    POST /v2/upload, /v2/transcript     AssemblyAI (key: `sk-test` alone), GET and DELETE of transcripts; the model is the first of
                                        speech_models. Only POST /v2/transcript is charged, and stands in the ledger
    A dialect is the first element of the path: /speaches/v1/audio/transcriptions; or the header X-Sim-Dialect.
    Dialects: openai mistral whispercpp speaches localai vllm llamacpp.

SCENARIOS  decide which faults a request meets, in this order:
    a script   POST /_sim/script {"match": {"path", "model", "contains", "key"}, "times": N, "every": M,
                                  "do": ["429;retry_after=2", {"fault": "slow", "ms": 300}]}
               the first N matching requests (0: all; of these only each Mth) meet `do`, then all is normal again
    a header   X-Sim-Scenario: slow;ms=300,cut-rst;after=4
    a model    sim-429;times=1   sim-say;text=Bonjour%20tous   vendor/sim-cut-fin
    `times=N` here counts the requests with the same path, scenario and body; `tag=TEXT` only makes a name unique.
    A fault or option that does not exist is answered 400 {"simulator": ...}.

CONTROL
    GET  /_sim/faults                   every fault with its options
    GET  /_sim/scripts, DELETE /_sim/script/ID
    GET  /_sim/ledger?since=N&limit=N   lines after number N; any member filters: &model=M&outcome=performed
    GET  /_sim/counts                   by outcome, by path, by model; performed_twice counts bodies charged again
    GET  /_sim/requests                 the last 256 requests: headers, fields, sizes of files
    POST /_sim/reset                    forgets scripts and ledger, and empties the file
    POST /_sim/restart-safe             syncs the ledger and reads everything back from it, as a restart does

LEDGER  is described in common/ledger.py. A request whose Idempotency-Key was performed on the same path gets the same
    body again and is not performed again; with another request body it is refused with 422.

FAULTS
"""
import argparse
import asyncio
import signal

from common.control import control_routes
from common.faults import FAULTS, refusal_by_status
from common.ledger import Ledger
from common.scenario import Scenarios, Table
from common.server import Server
from providers import DIALECTS, ROUTES
from providers import FAULTS as PROVIDER_FAULTS

MIB = 1 << 20


def fault_lines(table):
    yield "    NNN                any status from 400 to 599 (retry_after retry_after_ms should_retry code message)"
    for fault in table.faults.values():
        options = " ".join(f"{name}={value}" for name, value in fault.options.items())
        yield f"    {fault.name:18} {fault.help}" + (f" ({options})" if options else "")


def read_arguments(table):
    parser = argparse.ArgumentParser(prog="simulator", formatter_class=argparse.RawDescriptionHelpFormatter,
                                     description=__doc__ + "\n".join(fault_lines(table)))
    parser.add_argument("--port", type=int, default=0, help="on 127.0.0.1; 0: chosen by the kernel")
    parser.add_argument("--ledger", help="file of what was performed; read back at the start")
    parser.add_argument("--max-body", type=int, default=26, metavar="MIB",
                        help="larger requests get 413 (default 26)")
    parser.add_argument("--quiet", action="store_true", help="no line per request on standard error")
    return parser.parse_args()


async def serve(arguments, table):
    server = Server(ROUTES, DIALECTS, Scenarios(table), Ledger(arguments.ledger))
    server.max_body_bytes, server.quiet = arguments.max_body * MIB, arguments.quiet
    server.add_routes(control_routes(server))
    listener = await server.listen(arguments.port)
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    print(f"listening on 127.0.0.1:{server.port}", flush=True)
    await stopped.wait()
    listener.close()


def main():
    table = Table(FAULTS + PROVIDER_FAULTS, refusal_by_status)
    asyncio.run(serve(read_arguments(table), table))


if __name__ == "__main__":
    main()
