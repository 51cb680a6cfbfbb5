"""Runs llama.cpp's own HTTP server on loopback: `llamacpp_server.py MODEL.gguf ALIAS [PORT]`. Prints its address."""

import signal
import sys

import xllamacpp


def main():
    parameters = xllamacpp.CommonParams()
    parameters.model.path = sys.argv[1]
    parameters.model_alias = {sys.argv[2]}
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    parameters.n_ctx = 256
    parameters.n_parallel = 1
    parameters.cpuparams.n_threads = 1
    parameters.warmup = False
    parameters.endpoint_metrics = True
    server = xllamacpp.Server(parameters)
    print(f"llama.cpp: listening on {server.listening_address}", flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
