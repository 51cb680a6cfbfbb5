"""Generic tools: reflection by grpcio's own client, and calls through nothing but reflected descriptors."""

import grpc
import pytest
from google.protobuf import descriptor_pool, message_factory
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

SERVICES = {
    "rollcall.v1.ModelCatalog", "rollcall.v1.CatalogAdmin", "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection",
}


@pytest.fixture
def channel(server):
    with grpc.insecure_channel(server.address) as channel:
        yield channel


def test_services_are_listed(channel):
    assert set(ProtoReflectionDescriptorDatabase(channel).get_services()) >= SERVICES


def test_a_method_is_found_and_called_by_its_reflected_descriptor(channel, odd_ids):
    pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
    service = pool.FindServiceByName("rollcall.v1.ModelCatalog")
    assert [method.name for method in service.methods] == ["ListModels", "GetModel", "WatchModels", "DiffModels", "ListScaleEvents"]
    assert service.FindMethodByName("WatchModels").server_streaming
    method = service.FindMethodByName("GetModel")
    request = message_factory.GetMessageClass(method.input_type)(id=odd_ids[0])
    call = channel.unary_unary(
        f"/{service.full_name}/{method.name}", type(request).SerializeToString,
        message_factory.GetMessageClass(method.output_type).FromString)
    assert call(request).id == odd_ids[0]


def test_the_admin_service_is_described_with_what_it_shares(channel):
    pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
    method = pool.FindServiceByName("rollcall.v1.CatalogAdmin").FindMethodByName("SetModelLabels")
    assert method.output_type.full_name == "rollcall.v1.Model"
    assert method.input_type.fields_by_name["labels"].message_type.GetOptions().map_entry


def test_error_details_are_described_too(channel):
    pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
    assert pool.FindMessageTypeByName("google.rpc.ErrorInfo").fields_by_name["domain"]


def test_version_1_answers_the_same(channel):
    """The messages of v1 and v1alpha are the same on the wire."""
    call = channel.stream_stream(
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        reflection_pb2.ServerReflectionRequest.SerializeToString,
        reflection_pb2.ServerReflectionResponse.FromString)
    answers = list(call(iter([reflection_pb2.ServerReflectionRequest(list_services="")]), timeout=10))
    assert {service.name for service in answers[0].list_services_response.service} >= SERVICES


def test_unknown_names_are_answered_and_the_stream_goes_on(channel):
    requests = [
        reflection_pb2.ServerReflectionRequest(file_containing_symbol="no.such.Thing"),
        reflection_pb2.ServerReflectionRequest(file_by_filename="no/such.proto"),
        reflection_pb2.ServerReflectionRequest(file_containing_symbol="rollcall.v1.Model"),
    ]
    stub = reflection_pb2_grpc.ServerReflectionStub(channel)
    answers = list(stub.ServerReflectionInfo(iter(requests), timeout=10))
    codes = [answer.error_response.error_code for answer in answers]
    assert codes == [grpc.StatusCode.NOT_FOUND.value[0]] * 2 + [0]
    assert answers[2].file_descriptor_response.file_descriptor_proto
