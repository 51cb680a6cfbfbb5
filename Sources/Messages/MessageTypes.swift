package import CMessages

// The generated messages that the program reads and writes.

extension Google__Protobuf__FileDescriptorSet: Message {
  package static let schema = unsafe MessageSchema(google__protobuf__file_descriptor_set__init)
}
extension Google__Protobuf__FileDescriptorProto: Message {
  package static let schema = unsafe MessageSchema(google__protobuf__file_descriptor_proto__init)
}
extension Google__Protobuf__DescriptorProto: Message {
  package static let schema = unsafe MessageSchema(google__protobuf__descriptor_proto__init)
}
extension Google__Protobuf__FieldDescriptorProto: Message {
  package static let schema = unsafe MessageSchema(google__protobuf__field_descriptor_proto__init)
}
extension Google__Protobuf__OneofDescriptorProto: Message {
  package static let schema = unsafe MessageSchema(google__protobuf__oneof_descriptor_proto__init)
}
extension Google__Protobuf__EnumDescriptorProto: Message {
  package static let schema = unsafe MessageSchema(google__protobuf__enum_descriptor_proto__init)
}
extension Google__Protobuf__EnumValueDescriptorProto: Message {
  package static let schema = unsafe MessageSchema(google__protobuf__enum_value_descriptor_proto__init)
}
extension Google__Protobuf__ServiceDescriptorProto: Message {
  package static let schema = unsafe MessageSchema(google__protobuf__service_descriptor_proto__init)
}
extension Google__Protobuf__MethodDescriptorProto: Message {
  package static let schema = unsafe MessageSchema(google__protobuf__method_descriptor_proto__init)
}

extension Google__Protobuf__Any: Message {
  package static let schema = unsafe MessageSchema(google__protobuf__any__init)
}
extension Google__Protobuf__Duration: Message {
  package static let schema = unsafe MessageSchema(google__protobuf__duration__init)
}
extension Google__Protobuf__Timestamp: Message {
  package static let schema = unsafe MessageSchema(google__protobuf__timestamp__init)
}
extension Google__Protobuf__DoubleValue: Message {
  package static let schema = unsafe MessageSchema(google__protobuf__double_value__init)
}

extension Google__Rpc__Status: Message {
  package static let schema = unsafe MessageSchema(google__rpc__status__init)
}
extension Google__Rpc__ErrorInfo: Message {
  package static let schema = unsafe MessageSchema(google__rpc__error_info__init)
}
extension Google__Rpc__ErrorInfo__MetadataEntry: Message {
  package static let schema = unsafe MessageSchema(google__rpc__error_info__metadata_entry__init)
}
extension Google__Rpc__BadRequest: Message {
  package static let schema = unsafe MessageSchema(google__rpc__bad_request__init)
}
extension Google__Rpc__BadRequest__FieldViolation: Message {
  package static let schema = unsafe MessageSchema(google__rpc__bad_request__field_violation__init)
}

extension Grpc__Health__V1__HealthCheckRequest: Message {
  package static let schema = unsafe MessageSchema(grpc__health__v1__health_check_request__init)
}
extension Grpc__Health__V1__HealthCheckResponse: Message {
  package static let schema = unsafe MessageSchema(grpc__health__v1__health_check_response__init)
}
extension Grpc__Health__V1__HealthListRequest: Message {
  package static let schema = unsafe MessageSchema(grpc__health__v1__health_list_request__init)
}
extension Grpc__Health__V1__HealthListResponse: Message {
  package static let schema = unsafe MessageSchema(grpc__health__v1__health_list_response__init)
}
extension Grpc__Health__V1__HealthListResponse__StatusesEntry: Message {
  package static let schema = unsafe MessageSchema(grpc__health__v1__health_list_response__statuses_entry__init)
}

extension Grpc__Reflection__V1__ServerReflectionRequest: Message {
  package static let schema = unsafe MessageSchema(grpc__reflection__v1__server_reflection_request__init)
}
extension Grpc__Reflection__V1__ExtensionRequest: Message {
  package static let schema = unsafe MessageSchema(grpc__reflection__v1__extension_request__init)
}
extension Grpc__Reflection__V1__ServerReflectionResponse: Message {
  package static let schema = unsafe MessageSchema(grpc__reflection__v1__server_reflection_response__init)
}
extension Grpc__Reflection__V1__FileDescriptorResponse: Message {
  package static let schema = unsafe MessageSchema(grpc__reflection__v1__file_descriptor_response__init)
}
extension Grpc__Reflection__V1__ExtensionNumberResponse: Message {
  package static let schema = unsafe MessageSchema(grpc__reflection__v1__extension_number_response__init)
}
extension Grpc__Reflection__V1__ListServiceResponse: Message {
  package static let schema = unsafe MessageSchema(grpc__reflection__v1__list_service_response__init)
}
extension Grpc__Reflection__V1__ServiceResponse: Message {
  package static let schema = unsafe MessageSchema(grpc__reflection__v1__service_response__init)
}
extension Grpc__Reflection__V1__ErrorResponse: Message {
  package static let schema = unsafe MessageSchema(grpc__reflection__v1__error_response__init)
}

extension Rollcall__Storage__V1__EngineRecord: Message {
  package static let schema = unsafe MessageSchema(rollcall__storage__v1__engine_record__init)
}
extension Rollcall__Storage__V1__EngineRecord__LabelsEntry: Message {
  package static let schema = unsafe MessageSchema(rollcall__storage__v1__engine_record__labels_entry__init)
}
extension Rollcall__Storage__V1__ReplicaRecord: Message {
  package static let schema = unsafe MessageSchema(rollcall__storage__v1__replica_record__init)
}
extension Rollcall__Storage__V1__SeenRecord: Message {
  package static let schema = unsafe MessageSchema(rollcall__storage__v1__seen_record__init)
}
extension Rollcall__Storage__V1__LabelsRecord: Message {
  package static let schema = unsafe MessageSchema(rollcall__storage__v1__labels_record__init)
}
extension Rollcall__Storage__V1__LabelsRecord__LabelsEntry: Message {
  package static let schema = unsafe MessageSchema(rollcall__storage__v1__labels_record__labels_entry__init)
}
extension Rollcall__Storage__V1__ReplicaRecord__LabelsEntry: Message {
  package static let schema = unsafe MessageSchema(rollcall__storage__v1__replica_record__labels_entry__init)
}
extension Rollcall__Storage__V1__RegistrationRecord: Message {
  package static let schema = unsafe MessageSchema(rollcall__storage__v1__registration_record__init)
}
extension Rollcall__Storage__V1__RegistrationRecord__LabelsEntry: Message {
  package static let schema = unsafe MessageSchema(rollcall__storage__v1__registration_record__labels_entry__init)
}
extension Rollcall__Storage__V1__RegistrationRecord__OptionsEntry: Message {
  package static let schema = unsafe MessageSchema(rollcall__storage__v1__registration_record__options_entry__init)
}
extension Rollcall__Storage__V1__ClaimRecord__OptionsEntry: Message {
  package static let schema = unsafe MessageSchema(rollcall__storage__v1__claim_record__options_entry__init)
}
extension Rollcall__Storage__V1__ClaimRecord: Message {
  package static let schema = unsafe MessageSchema(rollcall__storage__v1__claim_record__init)
}
extension Rollcall__Storage__V1__ClaimsRecord: Message {
  package static let schema = unsafe MessageSchema(rollcall__storage__v1__claims_record__init)
}
extension Rollcall__Storage__V1__DeriveRecord: Message {
  package static let schema = unsafe MessageSchema(rollcall__storage__v1__derive_record__init)
}

extension Rollcall__V1__ListModelsRequest: Message {
  package static let schema = unsafe MessageSchema(rollcall__v1__list_models_request__init)
}
extension Rollcall__V1__ListModelsResponse: Message {
  package static let schema = unsafe MessageSchema(rollcall__v1__list_models_response__init)
}
extension Rollcall__V1__GetModelRequest: Message {
  package static let schema = unsafe MessageSchema(rollcall__v1__get_model_request__init)
}
extension Rollcall__V1__WatchModelsRequest: Message {
  package static let schema = unsafe MessageSchema(rollcall__v1__watch_models_request__init)
}
extension Rollcall__V1__WatchModelsResponse: Message {
  package static let schema = unsafe MessageSchema(rollcall__v1__watch_models_response__init)
}
extension Rollcall__V1__Model: Message {
  package static let schema = unsafe MessageSchema(rollcall__v1__model__init)
}
extension Rollcall__V1__Model__LabelsEntry: Message {
  package static let schema = unsafe MessageSchema(rollcall__v1__model__labels_entry__init)
}
extension Rollcall__V1__Replica: Message {
  package static let schema = unsafe MessageSchema(rollcall__v1__replica__init)
}
extension Rollcall__V1__Replica__ResourcesEntry: Message {
  package static let schema = unsafe MessageSchema(rollcall__v1__replica__resources_entry__init)
}
extension Rollcall__V1__Readings: Message {
  package static let schema = unsafe MessageSchema(rollcall__v1__readings__init)
}
extension Rollcall__V1__Divergence: Message {
  package static let schema = unsafe MessageSchema(rollcall__v1__divergence__init)
}
extension Rollcall__V1__DivergentValue: Message {
  package static let schema = unsafe MessageSchema(rollcall__v1__divergent_value__init)
}
extension Rollcall__V1__DiffModelsRequest: Message {
  package static let schema = unsafe MessageSchema(rollcall__v1__diff_models_request__init)
}
extension Rollcall__V1__DiffModelsResponse: Message {
  package static let schema = unsafe MessageSchema(rollcall__v1__diff_models_response__init)
}
extension Rollcall__V1__ModelDifference: Message {
  package static let schema = unsafe MessageSchema(rollcall__v1__model_difference__init)
}
extension Rollcall__V1__SetModelLabelsRequest: Message {
  package static let schema = unsafe MessageSchema(rollcall__v1__set_model_labels_request__init)
}
extension Rollcall__V1__SetModelLabelsRequest__LabelsEntry: Message {
  package static let schema = unsafe MessageSchema(rollcall__v1__set_model_labels_request__labels_entry__init)
}
extension Rollcall__V1__RegisterEngineRequest: Message {
  package static let schema = unsafe MessageSchema(rollcall__v1__register_engine_request__init)
}
extension Rollcall__V1__RegisterEngineRequest__LabelsEntry: Message {
  package static let schema = unsafe MessageSchema(rollcall__v1__register_engine_request__labels_entry__init)
}
extension Rollcall__V1__RegisterEngineRequest__OptionsEntry: Message {
  package static let schema = unsafe MessageSchema(rollcall__v1__register_engine_request__options_entry__init)
}
extension Rollcall__V1__RegisterEngineResponse: Message {
  package static let schema = unsafe MessageSchema(rollcall__v1__register_engine_response__init)
}
extension Rollcall__V1__KeepAliveEngineRequest: Message {
  package static let schema = unsafe MessageSchema(rollcall__v1__keep_alive_engine_request__init)
}
extension Rollcall__V1__KeepAliveEngineResponse: Message {
  package static let schema = unsafe MessageSchema(rollcall__v1__keep_alive_engine_response__init)
}
extension Rollcall__V1__DeregisterEngineRequest: Message {
  package static let schema = unsafe MessageSchema(rollcall__v1__deregister_engine_request__init)
}
extension Rollcall__V1__DeregisterEngineResponse: Message {
  package static let schema = unsafe MessageSchema(rollcall__v1__deregister_engine_response__init)
}
extension Rollcall__V1__ListEnginesRequest: Message {
  package static let schema = unsafe MessageSchema(rollcall__v1__list_engines_request__init)
}
extension Rollcall__V1__ListEnginesResponse: Message {
  package static let schema = unsafe MessageSchema(rollcall__v1__list_engines_response__init)
}
extension Rollcall__V1__GetEngineRequest: Message {
  package static let schema = unsafe MessageSchema(rollcall__v1__get_engine_request__init)
}
extension Rollcall__V1__Engine: Message {
  package static let schema = unsafe MessageSchema(rollcall__v1__engine__init)
}
extension Rollcall__V1__Engine__LabelsEntry: Message {
  package static let schema = unsafe MessageSchema(rollcall__v1__engine__labels_entry__init)
}
extension Rollcall__V1__EngineLease: Message {
  package static let schema = unsafe MessageSchema(rollcall__v1__engine_lease__init)
}
extension Rollcall__V1__ListScaleEventsRequest: Message {
  package static let schema = unsafe MessageSchema(rollcall__v1__list_scale_events_request__init)
}
extension Rollcall__V1__ListScaleEventsResponse: Message {
  package static let schema = unsafe MessageSchema(rollcall__v1__list_scale_events_response__init)
}
extension Rollcall__V1__ScaleEvent: Message {
  package static let schema = unsafe MessageSchema(rollcall__v1__scale_event__init)
}
