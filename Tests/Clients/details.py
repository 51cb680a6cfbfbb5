"""The details of a gRPC error, beside its code and message."""

from google.rpc import error_details_pb2
from grpc_status import rpc_status


def details(error, kind):
    """The first `google.rpc` detail of a kind."""
    status = rpc_status.from_call(error)
    assert status is not None, "no google.rpc.Status in the trailers"
    for any in status.details:
        message = kind()
        if any.Unpack(message):
            return message
    raise AssertionError(f"no {kind.DESCRIPTOR.name} in {status}")


def reason(error):
    return details(error, error_details_pb2.ErrorInfo).reason
