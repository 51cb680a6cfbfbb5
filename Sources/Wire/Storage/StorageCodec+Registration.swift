import CMessages
package import Catalog
import Messages

extension StorageCodec {
  package func encode(_ registration: Registration) -> [UInt8] {
    pack(Rollcall__Storage__V1__RegistrationRecord.self) { draft in
      draft.fields.lease_id = draft.text(registration.leaseID)
      draft.fields.namespace_ = draft.text(registration.namespace)
      draft.fields.url = draft.text(registration.url)
      draft.fields.kind = draft.text(registration.kind)
      draft.fields.engine_id = draft.text(registration.engineID)
      draft.fields.cluster = draft.text(registration.cluster)
      draft.fields.n_labels = registration.labels.count
      draft.fields.labels = draft.messages(sorted(registration.labels)) { entry, label in
        entry.fields.key = entry.text(label.key)
        entry.fields.value = entry.text(label.value)
      }
      draft.fields.key_env = draft.text(registration.keyEnv)
      draft.fields.key_file = draft.text(registration.keyFile)
      draft.fields.ttl_milliseconds = Int64(registration.ttl / .milliseconds(1))
      draft.fields.n_options = registration.options.count
      draft.fields.options = draft.messages(sorted(registration.options)) { entry, option in
        entry.fields.key = entry.text(option.key)
        entry.fields.value = entry.text(option.value)
      }
    }
  }

  package func decodeRegistration(_ bytes: [UInt8]) -> Registration? {
    try? withDecoded(bytes[...], as: Rollcall__Storage__V1__RegistrationRecord.self, limits: .stored) { record in
      let labels = record.messages({ ($0.labels, $0.n_labels) }) { entry in
        (entry.string { $0.key }, entry.string { $0.value })
      }
      let options = record.messages({ ($0.options, $0.n_options) }) { entry in
        (entry.string { $0.key }, entry.string { $0.value })
      }
      return Registration(
        leaseID: record.string { $0.lease_id }, namespace: record.string { $0.namespace_ },
        url: record.string { $0.url }, kind: record.string { $0.kind }, engineID: record.string { $0.engine_id },
        cluster: record.string { $0.cluster }, labels: Dictionary(labels) { $1 },
        keyEnv: record.string { $0.key_env }, keyFile: record.string { $0.key_file },
        options: Dictionary(options) { $1 }, ttl: .milliseconds(record.fields.ttl_milliseconds))
    }
  }
}
